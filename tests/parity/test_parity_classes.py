"""A replay classes the first difference: which layer of the code decides otherwise."""

import pytest
from msgspec.structs import replace

from nija_domain.evaluation.backtest import run_backtest
from nija_domain.evaluation.differences import MEANINGS, DifferenceClass, tell
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.events import session_records as ses
from tests.fakes import planted
from tests.fakes.stages import COMPETING, plan_backtest

PLANTS: list[tuple[planted.Plant, DifferenceClass]] = [
    (planted.plant_in_feature, "feature"),
    (planted.plant_in_warm_up, "warm-up"),
    (planted.plant_in_filter, "filter"),
    (planted.plant_in_rule, "signal"),
    (planted.plant_in_sizing, "code"),
]


@pytest.fixture(scope="module")
def recorded() -> tuple[ev.JournalEvent, ...]:
    return run_backtest(plan_backtest(bars=120, seed=1, arms=COMPETING)).events


@pytest.mark.parametrize(("plant", "kind"), PLANTS)
def test_a_planted_bug_is_named_by_its_layer(
    recorded: tuple[ev.JournalEvent, ...],
    plant: planted.Plant,
    kind: DifferenceClass,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One bit is enough, at the first bar that it can be seen in; without the bug all is equal."""
    assert find_first_difference(recorded) is None
    plant(monkeypatch)
    difference = find_first_difference(recorded)

    assert difference is not None
    assert difference.kind == kind
    assert difference.meaning == MEANINGS[kind].meaning


def test_the_symbol_of_a_wrong_feature_is_named(
    recorded: tuple[ev.JournalEvent, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With both digests, and the bar that they are of."""
    planted.plant_in_feature(monkeypatch)
    row = _place_of(recorded, ev.BarDigested)
    digested = recorded[row]
    assert isinstance(digested, ev.BarDigested)
    difference = find_first_difference(recorded)

    assert difference is not None
    assert (difference.sequence, difference.field) == (row + 1, "features")
    assert difference.subject == "BTC/USD"
    assert difference.recorded == digested.symbols["BTC/USD"].features != difference.other


def _place_of(recorded: tuple[ev.JournalEvent, ...], kind: type, *, after: int = 0) -> int:
    return next(n for n, event in enumerate(recorded) if n >= after and isinstance(event, kind))


def test_a_regime_is_classed_by_what_it_came_from(recorded: tuple[ev.JournalEvent, ...]) -> None:
    """It is told at the candle, before the bar's digest tells whether the features differ too."""
    events = [*recorded]
    row = _place_of(recorded, ev.RegimeChanged)
    changed = events[row]
    assert isinstance(changed, ev.RegimeChanged)
    events[row] = replace(changed, probability=changed.probability / 2.0)
    alone = find_first_difference(events)
    bar = _place_of(recorded, ev.BarDigested, after=row)
    digested = events[bar]
    assert isinstance(digested, ev.BarDigested)
    symbols = {name: replace(each, features="0") for name, each in digested.symbols.items()}
    events[bar] = replace(digested, symbols=symbols)
    caused = find_first_difference(events)

    assert alone is not None
    assert caused is not None
    assert (alone.sequence, alone.kind) == (row + 1, "filter")
    assert (caused.sequence, caused.kind) == (row + 1, "feature")


def test_a_mark_that_is_left_out_is_code(recorded: tuple[ev.JournalEvent, ...]) -> None:
    """A wish that stands where a mark should is not another wish."""
    row = next(
        n
        for n, event in enumerate(recorded)
        if isinstance(event, ev.SignalGiven) and isinstance(recorded[n - 1], ev.EquityMarked)
    )
    difference = find_first_difference((*recorded[: row - 1], *recorded[row:]))

    assert difference is not None
    assert (difference.kind, difference.other) == ("code", "EquityMarked")


def test_a_wish_too_few_is_a_signal(recorded: tuple[ev.JournalEvent, ...]) -> None:
    """What stands in its place is no reason."""
    row = _place_of(recorded, ev.SignalGiven)
    difference = find_first_difference((*recorded[:row], *recorded[row + 1 :]))

    assert difference is not None
    assert (difference.kind, difference.other) == ("signal", "SignalGiven")


def test_a_session_of_older_rules_has_no_digests_and_replays(
    recorded: tuple[ev.JournalEvent, ...],
) -> None:
    """Rules 3 decide the same and record no digest."""
    started = ev.SessionStarted(
        at_us=recorded[0].at_us,
        mode="paper",
        venue="v",
        version="0",
        commit="c",
        rules=ses.AGENTS_IN_CORE,
    )
    older = (started, *(event for event in recorded if not isinstance(event, ev.BarDigested)))

    assert find_first_difference(older) is None
    assert planted.derived_again(older) == older


def test_records_are_told_in_words(recorded: tuple[ev.JournalEvent, ...]) -> None:
    """Kind, time, and what people look for; nothing where there is no record."""
    fill = recorded[_place_of(recorded, ev.OrderFilled)]
    assert isinstance(fill, ev.OrderFilled)

    assert tell(fill).startswith("order filled, 2024-01-01 ")
    assert f"side buy, quantity {fill.quantity}, price {fill.price}" in tell(fill)
    assert tell(None) == "nothing"
