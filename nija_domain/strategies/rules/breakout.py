"""Breakout: buy a new high out of a quiet range when volume confirms it, and trail it.

A quiet range gathers orders on both sides, and the price that leaves it runs into them: channels
after Donchian as in Covel 2007, The Complete TurtleTrader; quiet before the move as in Crabel 1990,
Day Trading with Short Term Price Patterns and Opening Range Breakout. Most breakouts fail, so the
rule leaves when the price falls deep into its range again, or so many ranges of a bar under the
highest close since the entry (the chandelier of Le Beau and Lucas 1992, Technical Traders Guide).
"""

from math import isnan, sqrt

from nija_domain.features.columns.parkinson_volatility import RANGE_OF_A_WALK
from nija_domain.strategies.rule import (
    ENTER,
    LEAVE,
    NO_WISH,
    STOP_FRACTION_MAX,
    ParameterBounds,
    Parameters,
    Rule,
    RuleRow,
    RuleState,
    Wish,
)

RANGE_PER_VOLATILITY = sqrt(RANGE_OF_A_WALK)
"""The range of a bar over the Parkinson volatility, were all ranges equal."""

LOUD = 1e300
"""Quietness that nothing is known of; unlike infinity, a number in JSON."""

INITIAL: RuleState = (LOUD, 0.0)
"""How quiet it was at the bar before, and the highest close since the entry."""


def step(state: RuleState, row: RuleRow, parameters: Parameters) -> tuple[RuleState, Wish]:
    """Quiet is what the range was before this bar: the breakout itself is loud."""
    quiet_before, highest = state
    channel, atr, volatility, volume = row.values
    channel_entry, channel_exit, quiet_max, volume_min, bear_prob_max = parameters[:5]
    trail_multiple, stop_multiple, share = parameters[5:]
    highest = row.price if not row.is_held or row.price > highest else highest
    is_known = not (isnan(channel) or isnan(atr) or isnan(volatility) or isnan(volume))
    if not is_known or atr <= 0.0 or volatility <= 0.0:
        return (LOUD, highest), NO_WISH
    after = (atr / (volatility * RANGE_PER_VOLATILITY), highest)
    if row.is_held:
        is_back = channel < channel_exit or row.price < highest * (1.0 - trail_multiple * atr)
        return after, LEAVE if is_back or row.bear > bear_prob_max else NO_WISH
    stop = stop_multiple * atr
    breaks_out = channel > channel_entry and volume >= volume_min and quiet_before <= quiet_max
    if breaks_out and row.bear <= bear_prob_max and stop <= STOP_FRACTION_MAX:
        return after, Wish(ENTER, share, stop, 0.0, 0)
    return after, NO_WISH


def explain(row: RuleRow, wish: Wish) -> str:
    channel, _, _, volume = row.values
    if wish.action == ENTER:
        return (
            f"breakout: price at {channel:.2f} of its range, volume {volume:.1f} deviations over"
            f" its mean, bear {row.bear:.3f}"
        )
    return f"price back at {channel:.2f} of its range, bear {row.bear:.3f}"


RULE = Rule(
    name="breakout",
    reads=("channel_position", "atr_fraction", "parkinson_volatility", "volume_zscore"),
    bounds={
        "channel_entry": ParameterBounds(1.0, 2.0),
        "channel_exit": ParameterBounds(-1.0, 0.9),
        "quiet_max": ParameterBounds(0.3, 5.0),
        "volume_min": ParameterBounds(-3.0, 10.0),
        "bear_prob_max": ParameterBounds(0.0, 1.0),
        "trail_multiple": ParameterBounds(0.5, 40.0),
        "stop_multiple": ParameterBounds(0.5, 20.0),
        "share": ParameterBounds(0.05, 1.0),
    },
    initial=INITIAL,
    step=step,
    explain=explain,
    presets={
        "conservative": {
            "channel_entry": 1.1,
            "channel_exit": 0.3,
            "quiet_max": 0.9,
            "volume_min": 1.0,
            "bear_prob_max": 0.3,
            "trail_multiple": 6.0,
            "stop_multiple": 4.0,
            "share": 0.5,
        },
        "aggressive": {
            "channel_entry": 1.0,
            "channel_exit": 0.1,
            "quiet_max": 1.1,
            "volume_min": 0.5,
            "bear_prob_max": 0.5,
            "trail_multiple": 10.0,
            "stop_multiple": 6.0,
            "share": 1.0,
        },
    },
)
