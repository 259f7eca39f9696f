"""How much worse a model foresees today's bars than those that it was fitted on."""

import math
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.history.foresight import foresee_bars, place_bars, typical_likelihoods
from nija_domain.regimes.model import RegimeModel
from nija_domain.regimes.naming import RETURN_FEATURE

CUSUM_SLACK_NATS = 0.3
CUSUM_ALARM_NATS = 30.0
PSI_BINS = 10
PSI_ALARM = 0.25
"""Above it a distribution is held to be another one, by the usage of the trade."""


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """Log-likelihoods per bar in nats; a positive score means that the market has moved away.

    `cusum` adds up what each return lost beyond the slack; `psi` is a feature's stability index.
    """

    fitted: float
    recent: float
    bars: int
    cusum: float = 0.0
    psi: Mapping[str, float] = {}

    @property
    def score(self) -> float:
        """The largest of the nats lost, the CUSUM and the return's index; one is an alarm.

        The indices of slow averages are told but do not count: a few days never fill their range.
        """
        shift = self.psi.get(RETURN_FEATURE, 0.0) / PSI_ALARM
        return max(self.fitted - self.recent, self.cusum / CUSUM_ALARM_NATS, shift)


def measure_drift(model: RegimeModel, tables: Sequence[FeatureTable], *, bars: int) -> Drift:
    """Each symbol's last bars, each foreseen by its past."""
    recent = [foresee_bars(model, table)[-bars:] for table in tables]
    known = np.concatenate(recent) if recent else np.empty(0)
    if not known.size:
        fitted = model.log_likelihood_per_bar
        return Drift(fitted=fitted, recent=fitted, bars=0)
    target = tuple(name for name in model.feature_names if name == RETURN_FEATURE)
    losses = [
        typical_likelihoods(model, table, targets=target)[-bars:]
        - foresee_bars(model, table, targets=target)[-bars:]
        for table in tables
    ]
    places = np.concatenate([place_bars(model, table)[-bars:] for table in tables])
    return Drift(
        fitted=model.log_likelihood_per_bar,
        recent=float(known.mean()),
        bars=int(known.size),
        cusum=float(np.mean([_cusum(loss) for loss in losses if loss.size])),
        psi={
            name: _stability_index(column)
            for name, column in zip(model.feature_names, places.T, strict=True)
        },
    )


def _cusum(losses: FloatColumn) -> float:
    """Page's sum at the last bar: it falls back to zero while bars are foreseen as they should."""
    total = 0.0
    for loss in losses.tolist():
        total = max(0.0, total + loss - CUSUM_SLACK_NATS)
    return total


def _stability_index(places: FloatColumn) -> float:
    """The population stability index against the even spread of a model that is right."""
    counts, _ = np.histogram(places, bins=PSI_BINS, range=(0.0, 1.0))
    shares = (counts + 0.5) / (counts.sum() + 0.5 * PSI_BINS)
    expected = 1.0 / PSI_BINS
    return math.fsum((shares - expected) * np.log(shares / expected))
