"""HMM policy: hold what the regimes say deserves exposure.

Each regime deserves an exposure, as the policy head learns it; weighted with the regimes'
probabilities it is the expected exposure. Regimes last, which makes the filter worth following:
Hamilton 1989, A new approach to the economic analysis of nonstationary time series. The level to
leave lies under the level to enter, so that a probability that wavers does not pay fees each time.
"""

from math import isnan

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

EXPOSURE_OF = {"Bull": "exposure_bull", "Chop": "exposure_chop", "Bear": "exposure_bear"}
"""The parameter that holds the exposure of a regime."""


def step(state: RuleState, row: RuleRow, parameters: Parameters) -> tuple[RuleState, Wish]:
    (atr,) = row.values
    of_bull, of_chop, of_bear, entry, exit_ratio = parameters[:5]
    bars_min, stop_multiple, share = parameters[5:]
    if isnan(atr) or atr <= 0.0:
        return state, NO_WISH
    expected = row.bull * of_bull + row.chop * of_chop + row.bear * of_bear
    if row.is_held:
        has_fallen = expected < entry * exit_ratio and row.bars_held >= bars_min
        return state, LEAVE if has_fallen else NO_WISH
    stop = stop_multiple * atr
    if expected >= entry and stop <= STOP_FRACTION_MAX:
        return state, Wish(ENTER, share, stop, 0.0, 0)
    return state, NO_WISH


def explain(row: RuleRow, _wish: Wish) -> str:
    return f"regimes bull {row.bull:.3f}, chop {row.chop:.3f}, bear {row.bear:.3f}"


RULE = Rule(
    name="hmm_policy",
    reads=("atr_fraction",),
    bounds={
        "exposure_bull": ParameterBounds(0.0, 1.0),
        "exposure_chop": ParameterBounds(0.0, 1.0),
        "exposure_bear": ParameterBounds(0.0, 1.0),
        "exposure_entry": ParameterBounds(0.05, 1.0),
        "exit_ratio": ParameterBounds(0.05, 0.95),
        "bars_min": ParameterBounds(0.0, 1_000.0),
        "stop_multiple": ParameterBounds(0.5, 20.0),
        "share": ParameterBounds(0.05, 1.0),
    },
    initial=(),
    step=step,
    explain=explain,
    presets={
        "conservative": {
            "exposure_bull": 1.0,
            "exposure_chop": 0.5,
            "exposure_bear": 0.0,
            "exposure_entry": 0.9,
            "exit_ratio": 0.6,
            "bars_min": 24.0,
            "stop_multiple": 6.0,
            "share": 0.5,
        },
        "aggressive": {
            "exposure_bull": 1.0,
            "exposure_chop": 0.5,
            "exposure_bear": 0.0,
            "exposure_entry": 0.7,
            "exit_ratio": 0.5,
            "bars_min": 12.0,
            "stop_multiple": 8.0,
            "share": 1.0,
        },
    },
)
