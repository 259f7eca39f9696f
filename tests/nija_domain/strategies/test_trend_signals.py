"""The trend strategy: enter with the trend, leave when it fades or turns bearish."""

import msgspec
import pytest

from nija_domain.errors import NotFound, ReleaseInvalid
from nija_domain.strategies.contract import StrategyChoice, SymbolView
from nija_domain.strategies.shelf import PARAMETERS, STRATEGIES, check_choice, strategy_named
from nija_domain.strategies.trend import PRESETS, choose_preset, give_signals

CHOICE = choose_preset("aggressive")


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
    signals = give_signals((view,), CHOICE, 7)

    assert [s.action for s in signals] == ([action] if action else [])


def test_an_entry_names_its_stop_share_and_preset() -> None:
    """The stop is six ranges away, and the config id names strategy, symbol and preset."""
    (signal,) = give_signals((_view(trend=0.5, atr=0.01),), CHOICE, 7)

    assert signal.stop_fraction == pytest.approx(0.06)
    assert (signal.share, signal.config_id) == (1.0, "trend:BTC/USD:aggressive")
    assert signal.at_us == 7


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_whole(preset: str) -> None:
    """A preset gives each number that its strategy reads."""
    check_choice(choose_preset(preset))


@pytest.mark.parametrize("name", PARAMETERS["trend"])
def test_a_choice_without_a_number_is_refused(name: str) -> None:
    """Found when the release is read, not when the first bar closes."""
    numbers = {key: value for key, value in CHOICE.parameters.items() if key != name}

    with pytest.raises(ReleaseInvalid, match=name):
        check_choice(msgspec.structs.replace(CHOICE, parameters=numbers))


def test_a_strategy_that_is_not_shipped_is_refused() -> None:
    """The sentence names those that are."""
    with pytest.raises(ReleaseInvalid, match="known: trend"):
        check_choice(StrategyChoice("oracle", "c", {}))
    assert strategy_named("trend") is STRATEGIES["trend"]
    assert STRATEGIES.keys() == PARAMETERS.keys()


def test_a_strategy_preset_that_nobody_knows_is_refused_with_those_that_are_known() -> None:
    """Not with the name of a key."""
    with pytest.raises(NotFound, match="'bold' is unknown; known are conservative, aggressive"):
        choose_preset("bold")
