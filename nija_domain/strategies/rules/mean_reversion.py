"""Mean reversion: buy a dip far under the mean while the market is calm or rising.

Who must sell at once pays for it, and the price comes back when they are done: Lehmann 1990, Fads,
martingales, and market efficiency; for the band around an average, Bollinger 2001, Bollinger on
Bollinger Bands. A dip in a falling market is no dip, so nothing is bought when Bear is likely. The
way back to the mean must be worth its fees, and what has not come back after a time is given up.
"""

from math import exp, isnan

from nija_domain.features.columns.distance_from_mean import DEVIATION_OF_A_WALK
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


def step(state: RuleState, row: RuleRow, parameters: Parameters) -> tuple[RuleState, Wish]:
    """Distances count in what a walk as volatile would stray by chance; the target is the mean."""
    distance, volatility, atr = row.values
    dip_entry, mean_exit, gain_min, bear_prob_max, bars_max, stop_multiple, share = parameters
    if isnan(distance) or isnan(volatility) or isnan(atr) or volatility <= 0.0 or atr <= 0.0:
        return state, NO_WISH
    stretch = distance / (volatility * DEVIATION_OF_A_WALK)
    if row.is_held:
        leaves = stretch >= mean_exit or row.bear > bear_prob_max
        return state, LEAVE if leaves else NO_WISH
    gain, stop = exp(-distance) - 1.0, stop_multiple * atr
    is_dip = stretch <= -dip_entry and gain >= gain_min and row.bear <= bear_prob_max
    if is_dip and stop <= STOP_FRACTION_MAX:
        return state, Wish(ENTER, share, stop, gain, int(bars_max))
    return state, NO_WISH


def explain(row: RuleRow, wish: Wish) -> str:
    distance, volatility, _ = row.values
    stretch = distance / (volatility * DEVIATION_OF_A_WALK)
    if wish.action == ENTER:
        return (
            f"dip: price {-stretch:.2f} deviations under its mean, {wish.target_fraction:.2%} to"
            f" gain, bear {row.bear:.3f}"
        )
    side = "over" if stretch >= 0.0 else "under"
    return f"price {abs(stretch):.2f} deviations {side} its mean, bear {row.bear:.3f}"


RULE = Rule(
    name="mean_reversion",
    reads=("distance_from_mean", "ewma_volatility", "atr_fraction"),
    bounds={
        "dip_entry": ParameterBounds(1.0, 6.0),
        "mean_exit": ParameterBounds(-0.9, 2.0),
        "gain_min": ParameterBounds(0.0, 0.2),
        "bear_prob_max": ParameterBounds(0.0, 1.0),
        "bars_max": ParameterBounds(1.0, 5_000.0),
        "stop_multiple": ParameterBounds(0.5, 20.0),
        "share": ParameterBounds(0.05, 1.0),
    },
    initial=(),
    step=step,
    explain=explain,
    presets={
        "conservative": {
            "dip_entry": 2.0,
            "mean_exit": -0.2,
            "gain_min": 0.012,
            "bear_prob_max": 0.3,
            "bars_max": 48.0,
            "stop_multiple": 5.0,
            "share": 0.5,
        },
        "aggressive": {
            "dip_entry": 1.5,
            "mean_exit": 0.0,
            "gain_min": 0.008,
            "bear_prob_max": 0.5,
            "bars_max": 96.0,
            "stop_multiple": 6.0,
            "share": 1.0,
        },
    },
)
