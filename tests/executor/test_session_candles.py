"""Every candle is judged as history is: one odd candle changes nothing, and stops nothing else."""

from collections.abc import Callable
from math import nan

import pytest
from msgspec.structs import replace

from executor.turn import turn
from nija_adapters.clock.venue_clock import VenueClock
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.market.candles import Candle
from nija_domain.market.timeframes import HOUR_US, SECOND_US
from nija_domain.statements.journal_incidents import incident_of
from tests.fakes.stages import TIMEFRAME_US, WARM_UP_BARS
from tests.fakes.stands import CHURN, HOLD, SYMBOLS, Stand, run

BTC, SOL = SYMBOLS
AT = WARM_UP_BARS + 3
BARS = 10

Served = Callable[[Candle, Stand], Candle | None]


def _stand(served: Served) -> Stand:
    """The venue trades as ever, and tells of one candle of BTC what it should not."""
    stand = Stand(bars=14, strategy=CHURN)
    fetch, odd_us = stand.venue.fetch_candles, int(stand.candles[BTC].ts_us[AT])

    async def fetch_odd(symbol: str, **asked: int) -> list[Candle]:
        found = [
            served(candle, stand) if (symbol, candle.ts_us) == (BTC, odd_us) else candle
            for candle in await fetch(symbol, **asked)
        ]
        return [candle for candle in found if candle is not None]

    stand.venue.fetch_candles = fetch_odd  # type: ignore[method-assign]
    return stand


def _played(stand: Stand, bars: int = BARS) -> list[ev.JournalEvent]:
    async def course() -> None:
        await stand.start()
        await stand.play(bars)

    run(course())
    return stand.journal.events


def _scaled(factor: float) -> Served:
    def served(candle: Candle, _stand: Stand) -> Candle:
        close = candle.close * factor
        high, low = max(candle.high, close), min(candle.low, close)
        return replace(candle, close=close, high=high, low=low)

    return served


def _taken(events: list[ev.JournalEvent], symbol: str) -> list[int]:
    return [e.ts_us for e in events if isinstance(e, ev.CandleClosed) and e.symbol == symbol]


@pytest.mark.parametrize(
    ("factor", "rule"), [(0.0, "price"), (nan, "price"), (1_000.0, "spike"), (0.001, "spike")]
)
def test_d04_an_odd_close_is_refused_and_changes_nothing(factor: float, rule: str) -> None:
    """No fault, no halt, no loss; every other candle is taken and every bar is decided."""
    stand = _stand(_scaled(factor))
    events = _played(stand)
    odd_us = int(stand.candles[BTC].ts_us[AT])
    told = [(e.symbol, e.ts_us, e.rule) for e in events if isinstance(e, ev.CandleRefused)]
    bars = [int(ts_us) for ts_us in stand.candles[SOL].ts_us[WARM_UP_BARS:][:BARS]]
    marks = [float(e.equity) for e in events if isinstance(e, ev.EquityMarked)]

    assert told == [(BTC, odd_us, rule)]
    assert _taken(events, SOL) == bars
    assert _taken(events, BTC) == [ts_us for ts_us in bars if ts_us != odd_us]
    assert [e.ts_us for e in events if isinstance(e, ev.DecisionDue)] == bars
    assert not {"EventQuarantined", "HaltTripped", "SymbolHalted"} & {*stand.kinds()}
    assert min(marks) > 0.9 * max(marks)
    assert find_first_difference(events) is None


def test_a_refused_candle_is_one_incident() -> None:
    """It names the bar and the rule; a restart tells nothing twice once the next bar is known."""
    stand = _stand(_scaled(0.0))

    async def course() -> None:
        await stand.start()
        await stand.play(6)
        await stand.restart()
        await stand.play(2)

    run(course())
    (incident,) = [
        told
        for event in stand.journal.events
        if isinstance(event, ev.CandleRefused) and (told := incident_of(event))
    ]

    assert incident.kind == "BTC/USD candle refused"
    assert "low is 0.0" in incident.text


def _entries(events: list[ev.JournalEvent], symbol: str) -> list[int]:
    return [
        e.at_us
        for e in events
        if isinstance(e, ev.OrderIntended) and e.role == "entry" and e.symbol == symbol
    ]


def test_a_leap_waits_for_the_next_candle() -> None:
    """A price that stays is taken a bar later, in order; until then its symbol is not entered."""
    stand = _stand(lambda candle, _: candle)
    for name in ("open", "high", "low", "close"):
        getattr(stand.candles[BTC], name)[AT:] *= 2.0
    events = _played(stand)
    leap_us = int(stand.candles[BTC].ts_us[AT])
    closes_us = [e.at_us for e in events if isinstance(e, ev.BarClosed)]
    rows = {e.ts_us: row for row, e in enumerate(events) if isinstance(e, ev.BarClosed)}
    taken = [row for row, e in enumerate(events) if isinstance(e, ev.CandleClosed)]
    (leapt,) = [row for row in taken if (events[row].symbol, events[row].ts_us) == (BTC, leap_us)]

    assert rows[leap_us] < leapt < rows[leap_us + TIMEFRAME_US]
    assert leap_us + TIMEFRAME_US in closes_us
    assert leap_us + TIMEFRAME_US not in _entries(events, BTC)
    assert _taken(events, BTC) == sorted(_taken(events, BTC))
    assert len(_taken(events, BTC)) == BARS
    assert "CandleRefused" not in stand.kinds()


@pytest.mark.parametrize("is_filled", [True, False])
def test_a_gap_is_waited_for_until_the_next_bar(is_filled: bool) -> None:
    """What follows it is held; filled or not a bar later, all that there is is taken in order."""

    def served(candle: Candle, stand: Stand) -> Candle | None:
        is_late = stand.clock.at_us >= candle.ts_us + 3 * TIMEFRAME_US
        return candle if is_filled and is_late else None

    stand = _stand(served)
    events = _played(stand)
    missing_us = int(stand.candles[BTC].ts_us[AT])
    bars = [int(ts_us) for ts_us in stand.candles[BTC].ts_us[WARM_UP_BARS:][:BARS]]

    assert _taken(events, BTC) == [t for t in bars if is_filled or t != missing_us]
    assert not {missing_us + n * TIMEFRAME_US for n in (1, 2)} & {*_entries(events, BTC)}
    assert _taken(events, SOL) == bars


def test_an_answer_that_cannot_be_judged_stops_no_other_symbol() -> None:
    """It is told as a refused candle; entries of other symbols go on."""
    stand = _stand(lambda candle, _: replace(candle, close="odd"))  # type: ignore[arg-type]
    events = _played(stand)

    assert next(e.rule for e in events if isinstance(e, ev.CandleRefused)) == "unreadable"
    assert len(_taken(events, SOL)) == BARS
    assert "EventQuarantined" not in stand.kinds()


def test_d11_a_delisted_symbol_is_asked_for_once_a_bar() -> None:
    """Turns between two bars ask nothing of it."""
    stand = Stand(bars=14, strategy=HOLD)

    asked: list[str] = []

    async def course() -> None:
        await stand.start()
        await stand.play(3)
        stand.venue.faults.delisted.add(SOL)
        await stand.play(2)
        fetch = stand.venue.fetch_candles

        async def counting(symbol: str, **how: int) -> list[Candle]:
            asked.append(symbol)
            return await fetch(symbol, **how)

        stand.venue.fetch_candles = counting  # type: ignore[method-assign]
        for _ in range(100):
            await stand.turn(after_us=50_000)

    run(course())

    assert asked == []


def test_d03_no_entry_on_a_bar_from_before_a_suspend() -> None:
    """Our clock stood still for 8 h: the old bar's entries are refused, then the clock is right."""
    stand, elapsed_ns = Stand(bars=140, strategy=HOLD), [0]

    async def play(seconds: int) -> None:
        for _ in range(seconds // 20):
            stand.clock.at_us += 20 * SECOND_US
            elapsed_ns[0] += 20 * 10**9
            await turn(stand.session, stand.watch)

    async def course() -> None:
        stand.venue.faults.refusals = 2
        await stand.start()
        stand.session.clock = VenueClock(stand.clock.at_us, monotonic_ns=lambda: elapsed_ns[0])
        await play(400)
        stand.clock.at_us += 8 * HOUR_US
        await play(400)

    run(course())
    events = stand.journal.events
    stale = [e for e in events if isinstance(e, ev.EntryRefused) and e.limit == "max_data_age_bars"]
    first_us = int(stand.candles[BTC].ts_us[WARM_UP_BARS]) + TIMEFRAME_US
    entered = [at_us for symbol in SYMBOLS for at_us in _entries(events, symbol)]
    later = [at_us for at_us in entered if at_us > first_us]

    assert {refusal.symbol for refusal in stale} == {*SYMBOLS}
    assert later
    assert all(at_us > first_us + 8 * HOUR_US for at_us in later)
    assert stand.session.clock.now_us() == stand.clock.at_us
