"""A challenger takes a free channel, and ends no record before it can say anything."""

from nija_domain.market.timeframes import DAY_US
from nija_domain.releases.candidate_channels import (
    CANDIDATE_CHANNELS,
    TENURE_US,
    channel_for,
    free_channel,
)


def test_the_first_free_channel_is_taken() -> None:
    """In their order, whatever was taken and given back."""
    first, second, third = CANDIDATE_CHANNELS

    assert channel_for(5, {}) == first
    assert channel_for(5, {first: 1, third: 2}) == second
    assert free_channel({first: 1, second: 1, third: 2}) is None


def test_the_oldest_makes_room_once_it_had_its_time() -> None:
    """After sixty days, as many as a ratio needs; before that a challenger waits in vain."""
    first, second, third = CANDIDATE_CHANNELS
    pointed_us = {first: 3 * DAY_US, second: 1 * DAY_US, third: 2 * DAY_US}

    assert channel_for(1 * DAY_US + TENURE_US, pointed_us) == second
    assert channel_for(1 * DAY_US + TENURE_US - 1, pointed_us) is None
