"""A recorded session, fed to the core again, decides the same to the bit; a planted fault shows."""

import math
from decimal import Decimal

import msgspec
import pytest
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.evaluation.backtest import run_backtest
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.events.chain import decode_event, encode_event
from nija_domain.trading.matching import FillModel
from tests.fakes.sessions import states_and_folds
from tests.fakes.stages import COMPETING, plan_backtest

THIN = FillModel(participation_rate=Decimal("0.00002"))
FEW = HardLimits(max_open_positions=1)
SOME_DERIVED = {
    ev.OrderIntended,
    ev.CancelIntended,
    ev.TradeClosed,
    ev.EntryRefused,
    ev.PresetChosen,
    ev.PresetRewarded,
}


@pytest.fixture(scope="module")
def recorded() -> tuple[ev.JournalEvent, ...]:
    """A back-test with partial fills, stops and exits, read back from its bytes."""
    plan = plan_backtest(bars=250, seed=1, fill_model=THIN, limits=FEW, arms=COMPETING)
    events = run_backtest(plan).events
    return tuple(decode_event(encode_event(event)) for event in events)


def _place_of(recorded: tuple[ev.JournalEvent, ...], kind: type, nth: int = 0) -> int:
    return [row for row, event in enumerate(recorded) if isinstance(event, kind)][nth]


def test_a_recorded_session_replays_to_the_bit(recorded: tuple[ev.JournalEvent, ...]) -> None:
    """No derived record differs, and there are records of every kind that a session derives."""
    kinds = {type(event) for event in recorded}

    assert kinds >= SOME_DERIVED
    assert find_first_difference(recorded) is None


def test_every_prefix_that_ends_with_a_whole_step_replays(
    recorded: tuple[ev.JournalEvent, ...],
) -> None:
    """A session that still goes on is compared as far as it has come."""
    ends = [row for row, event in enumerate(recorded) if not isinstance(event, ev.DERIVED)]

    assert all(find_first_difference(recorded[:row]) is None for row in ends[::97])


def test_restart_is_the_fold_of_the_records(recorded: tuple[ev.JournalEvent, ...]) -> None:
    """After each observed event the fold of all records so far is the state the session had."""
    assert all(folded == state for state, folded in states_and_folds(recorded))


def test_one_ulp_is_named(recorded: tuple[ev.JournalEvent, ...]) -> None:
    """One float changed by its last bit is found, with its sequence, field and both values."""
    row = _place_of(recorded, ev.OrderIntended)
    event = recorded[row]
    assert isinstance(event, ev.OrderIntended)
    wrong = math.nextafter(event.decision_price, math.inf)
    planted = (*recorded[:row], replace(event, decision_price=wrong), *recorded[row + 1 :])

    difference = find_first_difference(planted)

    assert difference is not None
    assert (difference.sequence, difference.field) == (row + 1, "decision_price")
    assert (difference.recorded, difference.other) == (repr(wrong), repr(event.decision_price))


def test_one_ulp_of_what_was_observed_is_named_where_it_tells(
    recorded: tuple[ev.JournalEvent, ...],
) -> None:
    """A changed candle shows in the digest of its own bar."""
    row = _place_of(recorded, ev.BarDigested, nth=7)
    seen = max(
        place for place, event in enumerate(recorded[:row]) if isinstance(event, ev.CandleClosed)
    )
    candle = recorded[seen]
    assert isinstance(candle, ev.CandleClosed)
    wrong = replace(candle, close=math.nextafter(candle.close, math.inf))
    difference = find_first_difference((*recorded[:seen], wrong, *recorded[seen + 1 :]))

    assert difference is not None
    assert difference.sequence == row + 1


@pytest.mark.parametrize("kind", [ev.EquityMarked, ev.OrderIntended, ev.TradeClosed])
def test_a_dropped_record_is_named(recorded: tuple[ev.JournalEvent, ...], kind: type) -> None:
    """A derived record that is missing is named where it should stand."""
    row = _place_of(recorded, kind)
    difference = find_first_difference((*recorded[:row], *recorded[row + 1 :]))

    assert difference is not None
    assert (difference.sequence, difference.field) == (row + 1, "record")
    assert difference.other == kind.__name__


def test_a_record_dropped_at_the_end_is_named(recorded: tuple[ev.JournalEvent, ...]) -> None:
    """A journal that stops in the midst of a step lacks what the step derived."""
    row = _place_of(recorded, ev.EquityMarked, nth=-1)
    difference = find_first_difference(recorded[:row])

    assert difference is not None
    assert (difference.sequence, difference.field) == (row + 1, "record")
    assert (difference.recorded, difference.other) == ("nothing", "EquityMarked")


def test_an_added_record_is_named(recorded: tuple[ev.JournalEvent, ...]) -> None:
    """A derived record that the core did not derive is named, doubled ones too."""
    row = _place_of(recorded, ev.TradeClosed)
    difference = find_first_difference((*recorded[: row + 1], *recorded[row:]))

    assert difference is not None
    assert (difference.sequence, difference.recorded) == (row + 2, "TradeClosed")


def test_equal_is_not_enough(recorded: tuple[ev.JournalEvent, ...]) -> None:
    """Money that is equal but written otherwise is a difference, as its hash is."""
    row = _place_of(recorded, ev.EquityMarked)
    event = recorded[row]
    assert isinstance(event, ev.EquityMarked)
    other = replace(event, equity=event.equity.normalize() + Decimal("0.000000000000"))
    assert other == event
    assert msgspec.json.encode(other) != msgspec.json.encode(event)
    difference = find_first_difference((*recorded[:row], other, *recorded[row + 1 :]))

    assert difference is not None
    assert difference.field == "equity"
    assert str(difference).startswith(f"record {row + 1} differs in equity")
