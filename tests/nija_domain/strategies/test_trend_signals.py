"""The trend strategy: enter with the trend, leave when it fades or turns bearish."""

from math import isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.events.records import SignalGiven
from nija_domain.strategies.contract import StrategyChoice, SymbolView
from nija_domain.strategies.rules.trend import RULE
from nija_domain.strategies.shelf import choose_preset
from tests.fakes.rule_views import signals_of

CHOICE = choose_preset("trend", "aggressive")


def _view(*, trend: float, bear: float = 0.1, atr: float = 0.01, held: bool = False) -> SymbolView:
    return SymbolView(
        symbol="BTC/USD",
        price=100.0,
        features={"trend_strength": trend, "atr_fraction": atr},
        filtered_probs={"Bull": 1.0 - bear, "Bear": bear},
        is_held=held,
    )


@pytest.mark.parametrize(
    ("view", "action"),
    [
        (_view(trend=0.5), "enter"),
        (_view(trend=0.4), None),
        (_view(trend=0.5, bear=0.6), None),
        (_view(trend=0.5, held=True), None),
        (_view(trend=-0.3, held=True), "exit"),
        (_view(trend=0.5, bear=0.6, held=True), "exit"),
        (_view(trend=-0.3), None),
        (_view(trend=float("nan")), None),
        (_view(trend=0.5, atr=float("nan")), None),
        (_view(trend=0.5, atr=0.0), None),
    ],
)
def test_the_rule(view: SymbolView, action: str | None) -> None:
    """Each case of the rule, one by one; warming features say nothing."""
    signals = signals_of((view,), CHOICE, 7)

    assert [s.action for s in signals] == ([action] if action else [])


def test_an_entry_names_its_stop_share_and_preset() -> None:
    """The stop is six ranges away, and the config id names strategy, symbol and preset."""
    (signal,) = signals_of((_view(trend=0.5, atr=0.01),), CHOICE, 7)

    assert signal.stop_fraction == pytest.approx(0.06)
    assert (signal.share, signal.config_id) == (1.0, "trend:BTC/USD:aggressive")
    assert signal.at_us == 7


def _recorded_rule(view: SymbolView, choice: StrategyChoice, at_us: int) -> SignalGiven | None:
    """The rule as it was when the first journals were recorded, word for word."""
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
        agent="trend",
    )


EDGES = [float("nan"), *(number for preset in RULE.presets.values() for number in preset.values())]
"""Where a comparison may go either way: each number of the presets, and none at all."""

VIEWS = st.builds(
    SymbolView,
    symbol=st.sampled_from(["BTC/USD", "ETH/USD"]),
    price=st.floats(1.0, 1e5),
    features=st.fixed_dictionaries(
        {
            "trend_strength": st.floats(-2.0, 2.0) | st.sampled_from(EDGES),
            "atr_fraction": st.floats(-0.01, 0.9) | st.just(float("nan")),
        }
    ),
    filtered_probs=st.dictionaries(
        st.sampled_from(["Bull", "Bear"]), st.floats(0.0, 1.0) | st.sampled_from(EDGES)
    ),
    is_held=st.booleans(),
)


@given(view=VIEWS, preset=st.sampled_from(["conservative", "aggressive"]))
@settings(max_examples=400, deadline=None)
def test_recorded_journals_are_decided_again_to_the_bit(view: SymbolView, preset: str) -> None:
    """As a step, the rule gives every number and every word that it gave before it was one."""
    choice = choose_preset("trend", preset)
    expected = _recorded_rule(view, choice, 7)

    assert signals_of((view,), choice, 7) == ((expected,) if expected else ())
