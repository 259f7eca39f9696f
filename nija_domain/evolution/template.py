"""The trend strategy as the source of a flexible module."""

from collections.abc import Mapping

from nija_domain.strategies.rules.trend import RULE as TREND

TEMPLATE = '''"""Trend following behind the regime: enter with the trend, leave when it fades."""

import math

PARAMETERS = {{
{parameters}
}}


def signals(views, parameters):
    """At most one signal a symbol; none while its features warm up."""
    answers = []
    for view in views:
        trend = view.features["trend_strength"]
        atr = view.features["atr_fraction"]
        if math.isnan(trend) or math.isnan(atr) or atr <= 0.0:
            continue
        bear = view.filtered_probs.get("Bear", 0.0)
        is_bearish = bear > parameters["bear_prob_max"]
        leaves = view.is_held and (trend < parameters["trend_exit"] or is_bearish)
        enters = not view.is_held and trend > parameters["trend_entry"] and not is_bearish
        if leaves or enters:
            answers.append(
                {{
                    "symbol": view.symbol,
                    "action": "enter" if enters else "exit",
                    "share": parameters["share"] if enters else 0.0,
                    "stop_fraction": parameters["stop_multiple"] * atr if enters else 0.0,
                    "reasoning": f"trend {{trend:.3f}}, bear {{bear:.3f}}",
                }}
            )
    return answers
'''


def render_strategy(parameters: Mapping[str, float]) -> str:
    """`strategy.py` with these numbers as its own; equal parameters give equal text."""
    lines = (f'    "{name}": {float(parameters[name])!r},' for name in TREND.parameters)
    return TEMPLATE.format(parameters="\n".join(lines))
