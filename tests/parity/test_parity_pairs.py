"""Two sessions over the same market: what first sets them apart is named by its class."""

import math
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.errors import QuestionInvalid
from nija_domain.evaluation.backtest import run_backtest
from nija_domain.evaluation.differences import MEANINGS, DifferenceClass
from nija_domain.evaluation.session_pairs import Comparison, compare_sessions
from nija_domain.events import records as ev
from nija_domain.market.timeframes import SECOND_US
from nija_domain.releases.content import decode_content, encode_content
from nija_domain.trading.matching import FillModel
from tests.fakes import planted
from tests.fakes.stages import COMPETING, plan_backtest

Records = tuple[ev.JournalEvent, ...]
BARS = 120


@pytest.fixture(scope="module")
def recorded() -> Records:
    return run_backtest(plan_backtest(bars=BARS, seed=1, arms=COMPETING)).events


def _row_of(records: Records, kind: type, nth: int = 0) -> int:
    return [row for row, event in enumerate(records) if isinstance(event, kind)][nth]


def _with(records: Records, row: int, *events: ev.JournalEvent) -> Records:
    return (*records[:row], *events, *records[row + 1 :])


def _candle_rows(records: Records, bar: int) -> tuple[int, int]:
    """The last candle of this bar, and the row after its decision."""
    due = _row_of(records, ev.DecisionDue, bar)
    return max(n for n in range(due) if isinstance(records[n], ev.CandleClosed)), due + 1


def _late_candle(records: Records) -> Records:
    row, after = _candle_rows(records, 9)
    return (*records[:row], *records[row + 1 : after], records[row], *records[after:])


def _bar_caught_up_with(records: Records) -> Records:
    """The bar's candles came with those of the next one, so it was never decided."""
    bars = [_row_of(records, kind, 9) for kind in (ev.BarClosed, ev.DecisionDue)]
    return tuple(event for row, event in enumerate(records) if row not in bars)


def _changed_candle(records: Records) -> Records:
    row, _ = _candle_rows(records, 9)
    candle = records[row]
    assert isinstance(candle, ev.CandleClosed)
    return _with(records, row, replace(candle, volume=math.nextafter(candle.volume, math.inf)))


def _without_candle(records: Records) -> Records:
    row, _ = _candle_rows(records, 9)
    return _with(records, row)


def _from_the_third_bar(records: Records) -> Records:
    begun = _row_of(records, ev.CandleClosed)
    later = _row_of(records, ev.DecisionDue, 1) + 1
    return (*records[:begun], *records[later:])


def _fill_with(records: Records, **changes: object) -> Records:
    row = _row_of(records, ev.OrderFilled)
    fill = records[row]
    assert isinstance(fill, ev.OrderFilled)
    return _with(records, row, replace(fill, **changes))


def _dearer_fill(records: Records) -> Records:
    return _fill_with(records, price=Decimal(1))


def _smaller_fill(records: Records) -> Records:
    return _fill_with(records, quantity=Decimal("0.001"))


def _no_fill(records: Records) -> Records:
    return _with(records, _row_of(records, ev.OrderFilled))


def _fee_of_another_tier(records: Records) -> Records:
    return _fill_with(records, fee=Decimal("0.01"))


def _another_fee_rate(records: Records) -> Records:
    row = _row_of(records, ev.InstrumentListed)
    listed = records[row]
    assert isinstance(listed, ev.InstrumentListed)
    return _with(records, row, replace(listed, taker_fee_rate=Decimal("0.004")))


def _slow_fill(records: Records) -> Records:
    fill = records[_row_of(records, ev.OrderFilled)]
    return _fill_with(records, at_us=fill.at_us + 3 * SECOND_US)


def _slow_answer(records: Records) -> Records:
    row = _row_of(records, ev.OrderAccepted)
    return _with(records, row, replace(records[row], at_us=records[row].at_us + 3 * SECOND_US))


def _lost_answer(records: Records) -> Records:
    row = _row_of(records, ev.OrderAccepted)
    answer = records[row]
    assert isinstance(answer, ev.OrderAccepted)
    lost = ev.OrderUnknown(at_us=answer.at_us, order_id=answer.order_id, reason="time-out")
    return _with(records, row, lost, answer)


def _other_release(records: Records) -> Records:
    row = _row_of(records, ev.ReleaseActivated)
    activated = records[row]
    assert isinstance(activated, ev.ReleaseActivated)
    content = decode_content(activated.content)
    sizing = replace(content.sizing, base_fraction=0.1)
    other = encode_content(replace(content, sizing=sizing))
    return _with(records, row, replace(activated, content=other))


def _other_limits(records: Records) -> Records:
    row = _row_of(records, ev.LimitsRead)
    content = msgspec.json.encode(HardLimits(max_open_positions=1)).decode()
    return _with(records, row, replace(records[row], content=content))


def _killed(records: Records) -> Records:
    row = _row_of(records, ev.DecisionDue, 9) + 1
    killed = ev.KillOrdered(at_us=records[row].at_us, reason="test")
    return (*records[:row], killed, *records[row:])


CHANGED: list[tuple[Callable[[Records], Records], DifferenceClass, str]] = [
    (_late_candle, "late candle", "came"),
    (_bar_caught_up_with, "late candle", "record"),
    (_changed_candle, "revised candle", "volume"),
    (_without_candle, "gap", "record"),
    (_from_the_third_bar, "warm-up", "record"),
    (_dearer_fill, "fill model", "price"),
    (_smaller_fill, "fill model", "quantity"),
    (_no_fill, "fill model", "record"),
    (_fee_of_another_tier, "fee", "fee"),
    (_another_fee_rate, "fee", "taker_fee_rate"),
    (_slow_fill, "latency", "at_us"),
    (_slow_answer, "latency", "at_us"),
    (_lost_answer, "latency", "answer"),
    (_other_release, "release", "content.sizing.base_fraction"),
    (_other_limits, "settings", "content.max_open_positions"),
    (_killed, "settings", "record"),
]


@pytest.mark.parametrize(("change", "kind", "field"), CHANGED)
def test_what_was_observed_otherwise_is_named(
    recorded: Records,
    change: Callable[[Records], Records],
    kind: DifferenceClass,
    field: str,
) -> None:
    """The other session decides by what it saw; its cause is named, not what followed from it."""
    other = planted.derived_again(change(recorded))
    there, back = compare_sessions(recorded, other), compare_sessions(other, recorded)

    for difference in (there.difference, back.difference):
        assert difference is not None
        assert (difference.kind, difference.field) == (kind, field)


@pytest.mark.parametrize(
    ("plant", "kind"),
    [
        (planted.plant_in_feature, "feature"),
        (planted.plant_in_warm_up, "warm-up"),
        (planted.plant_in_filter, "filter"),
        (planted.plant_in_rule, "signal"),
        (planted.plant_in_sizing, "code"),
    ],
)
def test_what_was_derived_otherwise_is_named(
    recorded: Records,
    plant: planted.Plant,
    kind: DifferenceClass,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two executors that saw the same and run other code."""
    plant(monkeypatch)
    difference = compare_sessions(recorded, planted.derived_again(recorded)).difference

    assert difference is not None
    assert difference.kind == kind


def test_a_session_and_its_repetition_do_not_differ(recorded: Records) -> None:
    """All candles, bars, orders and fills were compared."""
    found = compare_sessions(recorded, planted.derived_again(recorded))
    orders, fills = (
        sum(isinstance(event, kind) for event in recorded)
        for kind in (ev.OrderIntended, ev.OrderFilled)
    )

    assert found.difference is None
    assert (found.candles, found.bars) == (3 * BARS, BARS)
    assert (found.orders, found.fills) == (orders, fills)
    assert fills > 0


def test_a_back_test_with_dearer_fills_is_a_fill_model(recorded: Records) -> None:
    """A real pair: the same plan under another spread."""
    plan = plan_backtest(
        bars=BARS, seed=1, arms=COMPETING, fill_model=FillModel(spread_bps=Decimal(8))
    )
    difference = compare_sessions(recorded, run_backtest(plan).events).difference

    assert difference is not None
    assert (difference.kind, difference.field) == ("fill model", "price")
    assert isinstance(recorded[(difference.sequence or 0) - 1], ev.OrderFilled)


def _restarted(records: Records) -> Records:
    """Each start tells the session, its limits and its instruments again."""
    row = _row_of(records, ev.DecisionDue, 30) + 1
    at_us = records[row].at_us
    told = [e for e in records[:row] if isinstance(e, ev.LimitsRead | ev.InstrumentListed)]
    started = ev.SessionStarted(
        at_us=at_us, mode="paper", venue="v", version="0", commit="c", rules=4
    )
    return (*records[:row], started, *(replace(e, at_us=at_us) for e in told), *records[row:])


def test_a_restart_is_no_difference(recorded: Records) -> None:
    """Nor are other order ids and release names; what counts is what was traded."""
    renamed = tuple(_renamed(_restarted(recorded)))

    assert compare_sessions(recorded, renamed).difference is None


def _renamed(records: Iterable[ev.JournalEvent]) -> Iterable[ev.JournalEvent]:
    for event in records:
        order_id = getattr(event, "order_id", None)
        yield replace(event, order_id=f"x{order_id}") if order_id else event


def test_times_within_the_allowance_are_the_same(recorded: Records) -> None:
    """A live session answers seconds later than its back-test: that is not looked for then."""
    other = _slow_fill(recorded)

    assert compare_sessions(recorded, other, within_us=4 * SECOND_US).difference is None
    assert _kind(compare_sessions(recorded, other, within_us=2 * SECOND_US)) == "latency"


def test_a_release_that_is_taken_a_bar_later_is_named(recorded: Records) -> None:
    """Its content is the same; since when it is in force is not."""
    activated = recorded[_row_of(recorded, ev.ReleaseActivated)]
    assert isinstance(activated, ev.ReleaseActivated)
    content = replace(decode_content(activated.content), cuts=())
    second = replace(activated, release_id="second", content=encode_content(content))
    one, other = (
        _with(recorded, row, recorded[row], second)
        for row in (_row_of(recorded, ev.DecisionDue, bar) for bar in (20, 21))
    )
    difference = compare_sessions(one, other).difference

    assert difference is not None
    assert (difference.kind, difference.field) == ("release", "since")


def test_the_cause_is_named_before_what_came_after_it(recorded: Records) -> None:
    """A candle of a bar is older than a kill after its close, though both belong to that bar."""
    difference = compare_sessions(recorded, _changed_candle(_killed(recorded))).difference

    assert difference is not None
    assert difference.kind == "revised candle"


def test_only_what_both_sessions_reached_is_compared(recorded: Records) -> None:
    """The shorter one has not failed to do what came after it."""
    found = compare_sessions(recorded, recorded[: _row_of(recorded, ev.DecisionDue, 60)])

    assert found.difference is None
    assert found.bars == 61


def test_journals_with_nothing_in_common_are_not_equal(recorded: Records) -> None:
    """Neither is one that never closed a bar."""
    other = run_backtest(plan_backtest(bars=3, seed=1, symbols=("ADA/USD",))).events

    with pytest.raises(QuestionInvalid, match="no candle in common"):
        compare_sessions(recorded, other)
    with pytest.raises(QuestionInvalid, match="no closed bar"):
        compare_sessions(recorded, recorded[:4])


def _kind(found: Comparison) -> str:
    return found.difference.kind if found.difference else ""


def test_the_documentation_lists_every_class() -> None:
    """In the order of the code."""
    page = (Path(__file__).parents[2] / "docs" / "replay.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z-]+(?: [a-z]+)?)` \|", page, flags=re.MULTILINE)

    assert listed == list(MEANINGS)
