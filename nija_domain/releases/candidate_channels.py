"""The channels of candidates: which one a release takes, and which release makes room."""

from collections.abc import Mapping

from nija_domain.market.timeframes import DAY_US
from nija_domain.statistics.evidence import RATIO_DAYS_MIN

CANDIDATE_CHANNELS = ("candidate-1", "candidate-2", "candidate-3")

TENURE_US = RATIO_DAYS_MIN * DAY_US
"""A shorter record says nothing: trainings come daily, and would end each before it has begun."""


def free_channel(pointed: Mapping[str, object]) -> str | None:
    """The first channel that points at nothing."""
    return next((name for name in CANDIDATE_CHANNELS if name not in pointed), None)


def channel_for(created_us: int, pointed_us: Mapping[str, int]) -> str | None:
    """A free channel, or that of the oldest release once it had its time; None while all are full.

    `pointed_us` tells of each channel that is taken when its release was made.
    """
    free = free_channel(pointed_us)
    if free is not None or not pointed_us:
        return free
    oldest = min(pointed_us, key=lambda name: pointed_us[name])
    return oldest if created_us - pointed_us[oldest] >= TENURE_US else None
