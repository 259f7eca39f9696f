"""Trend following by regime: enter with the trend, leave when it fades or turns bearish.

A price that has moved one way for hours tends to go on for a while, since news spreads slowly and
people follow each other: Moskowitz, Ooi and Pedersen 2012, Time series momentum. The price of it is
many small losses in markets that go nowhere.
"""

from math import isnan

from nija_domain.strategies.rule import (
    ENTER,
    LEAVE,
    NO_WISH,
    ParameterBounds,
    Parameters,
    Rule,
    RuleRow,
    RuleState,
    Wish,
)


def step(state: RuleState, row: RuleRow, parameters: Parameters) -> tuple[RuleState, Wish]:
    """No wish while a feature warms up, and none of a market that does not move."""
    trend, atr = row.values
    trend_entry, trend_exit, bear_prob_max, stop_multiple, share = parameters
    if isnan(trend) or isnan(atr) or atr <= 0.0:
        return state, NO_WISH
    is_bearish = row.bear > bear_prob_max
    if row.is_held:
        return state, LEAVE if trend < trend_exit or is_bearish else NO_WISH
    if trend > trend_entry and not is_bearish:
        return state, Wish(ENTER, share, stop_multiple * atr, 0.0, 0)
    return state, NO_WISH


def explain(row: RuleRow, _wish: Wish) -> str:
    """Journals hold this sentence, and a replay compares each record's words."""
    return f"trend {row.values[0]:.3f}, bear {row.bear:.3f}"


RULE = Rule(
    name="trend",
    reads=("trend_strength", "atr_fraction"),
    bounds={
        "trend_entry": ParameterBounds(-1.0, 1.5),
        "trend_exit": ParameterBounds(-1.0, 1.0),
        "bear_prob_max": ParameterBounds(0.0, 1.0),
        "stop_multiple": ParameterBounds(0.5, 20.0),
        "share": ParameterBounds(0.05, 1.0),
    },
    initial=(),
    step=step,
    explain=explain,
    presets={
        "conservative": {
            "trend_entry": 0.7,
            "trend_exit": 0.0,
            "bear_prob_max": 0.3,
            "stop_multiple": 4.0,
            "share": 0.6,
        },
        "aggressive": {
            "trend_entry": 0.4,
            "trend_exit": -0.2,
            "bear_prob_max": 0.5,
            "stop_multiple": 6.0,
            "share": 1.0,
        },
    },
)
