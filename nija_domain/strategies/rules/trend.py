"""Trend following by regime: enter with the trend, exit when it fades or turns bearish."""

from math import isnan

from nija_domain.errors import NotFound
from nija_domain.events.records import SignalGiven
from nija_domain.strategies.contract import StrategyChoice, SymbolView

PRESETS: dict[str, dict[str, float]] = {
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
}

PARAMETERS: tuple[str, ...] = tuple(PRESETS["conservative"])


def choose_preset(preset: str) -> StrategyChoice:
    parameters = PRESETS.get(preset)
    if parameters is None:
        raise NotFound(f"strategy preset {preset!r} is unknown; known are {', '.join(PRESETS)}")
    return StrategyChoice("trend", f"trend:*:{preset}", parameters)


def give_signals(
    views: tuple[SymbolView, ...], choice: StrategyChoice, at_us: int
) -> tuple[SignalGiven, ...]:
    """At most one signal per symbol; none while its features warm up."""
    signals = (_signal(view, choice, at_us) for view in views)
    return tuple(signal for signal in signals if signal is not None)


def _signal(view: SymbolView, choice: StrategyChoice, at_us: int) -> SignalGiven | None:
    parameters = choice.parameters
    trend, atr = view.features["trend_strength"], view.features["atr_fraction"]
    if isnan(trend) or isnan(atr) or atr <= 0.0:
        return None
    bear = view.filtered_probs.get("Bear", 0.0)
    is_bearish = bear > parameters["bear_prob_max"]
    leaves = view.is_held and (trend < parameters["trend_exit"] or is_bearish)
    enters = not view.is_held and trend > parameters["trend_entry"] and not is_bearish
    if not (leaves or enters):
        return None
    return SignalGiven(
        at_us=at_us,
        symbol=view.symbol,
        action="enter" if enters else "exit",
        share=parameters["share"] if enters else 0.0,
        stop_fraction=parameters["stop_multiple"] * atr if enters else 0.0,
        config_id=choice.config_id.replace("*", view.symbol),
        reasoning=f"trend {trend:.3f}, bear {bear:.3f}",
    )
