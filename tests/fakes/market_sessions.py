"""A session over a model of the market, bar by bar, and what it believes in bytes."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache

import msgspec
import numpy as np
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.events import records as ev
from nija_domain.market.candles import CandleHistory
from nija_domain.releases.content import (
    ReleaseContent,
    encode_content,
)
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State
from tests.fakes.hierarchies import hierarchical_after
from tests.fakes.stages import (
    SYMBOLS,
    TIMEFRAME_US,
    draw_candles,
    instrument_of,
)

BARS, CUT = 260, 180
LEADER, LATE = SYMBOLS[0], SYMBOLS[1]


def _without(history: CandleHistory, rows: range) -> CandleHistory:
    kept = np.setdiff1d(np.arange(len(history)), np.array(rows))
    columns = {name: getattr(history, name)[kept] for name in history.__struct_fields__[1:]}
    return replace(history, **columns)


@cache
def halting_histories() -> dict[str, CandleHistory]:
    """Three symbols; the second halts for some bars after the cut."""
    drawn = draw_candles(bars=BARS, seed=8)
    return {**drawn, LATE: _without(drawn[LATE], range(CUT + 20, CUT + 27))}


def histories_until(histories: Mapping[str, CandleHistory], ts_us: int) -> dict[str, CandleHistory]:
    """What is known when the bar before `ts_us` has closed."""
    return {s: h.cut(int(np.searchsorted(h.ts_us, ts_us))) for s, h in histories.items()}


def bar_us(histories: Mapping[str, CandleHistory], row: int) -> int:
    return int(histories[LEADER].ts_us[row])


def opening_of(content: ReleaseContent) -> Iterator[ev.JournalEvent]:
    at_us = max(cut.ts_us for cut in content.cuts)
    yield ev.LimitsRead(at_us=at_us, content=msgspec.json.encode(HardLimits()).decode())
    for symbol in SYMBOLS:
        listed = msgspec.structs.asdict(instrument_of(symbol))
        yield ev.InstrumentListed(at_us=at_us, **listed)
    yield ev.FundsMoved(at_us=at_us, amount=Decimal(10_000), reason="starting cash")
    yield activated(content)


def activated(content: ReleaseContent) -> ev.ReleaseActivated:
    return ev.ReleaseActivated(
        at_us=0, release_id="r", fingerprint="f", content=encode_content(content)
    )


def candles_at(histories: Mapping[str, CandleHistory], ts_us: int) -> list[ev.CandleClosed]:
    found = []
    for history in histories.values():
        for row in np.flatnonzero(history.ts_us == ts_us).tolist():
            candle = msgspec.structs.asdict(history.candle(row))
            found.append(ev.CandleClosed(at_us=ts_us + TIMEFRAME_US, **candle))
    return found


def bar_closed(ts_us: int) -> ev.BarClosed:
    return ev.BarClosed(at_us=ts_us + TIMEFRAME_US, ts_us=ts_us)


def bars_of(
    histories: Mapping[str, CandleHistory], rows: Iterable[int], *, is_live: bool = True
) -> Iterator[ev.JournalEvent]:
    """Live, each bar is told closed; caught up with, only the last one is."""
    times = [bar_us(histories, row) for row in rows]
    for ts_us in times:
        yield from candles_at(histories, ts_us)
        if is_live or ts_us == times[-1]:
            yield bar_closed(ts_us)


def folded(state: State, events: Iterable[ev.JournalEvent]) -> State:
    for event in events:
        state = fold(state, event)
    return state


def opened_after(histories: Mapping[str, CandleHistory], row: int = CUT) -> State:
    content = hierarchical_after(histories_until(histories, bar_us(histories, row)))
    return folded(State(), opening_of(content))


def beliefs_of(state: State) -> bytes:
    """Everything that the market's model moves, in its bytes."""
    assert state.market.whole is not None
    micro = {symbol: known.micro for symbol, known in state.market.symbols.items()}
    market = (state.market.whole.ts_us, state.market.whole.features, state.market.whole.macro)
    return msgspec.json.encode((market, micro), order="sorted")


def cut_beliefs_of(content: ReleaseContent) -> bytes:
    """The same of a release's cut, before any candle since."""
    assert content.market is not None
    micro = {cut.symbol: cut.micro for cut in content.cuts}
    market = (content.market.ts_us, content.market.features, content.market.macro)
    return msgspec.json.encode((market, micro), order="sorted")
