"""The market's state in the core: what history says, row by row, and what it does to an order."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from nija_domain.capital.capital_regimes import ALLOCATION, capital_regime_probs
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.market_state import market_of_symbols
from nija_domain.events import records as ev
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.filter import FilterState
from nija_domain.regimes.hierarchy import MacroState, is_unknown
from nija_domain.releases.content import (
    ReleaseContent,
    decode_content,
    encode_content,
)
from nija_domain.trading import fold as folding
from nija_domain.trading.core import advance
from nija_domain.trading.fold import fold
from nija_domain.trading.market_rows import (
    joint_probs_of,
    market_probs_of,
    regime_probs_of,
    with_market_row,
)
from nija_domain.trading.state import State
from tests.fakes.hierarchies import hierarchical_after
from tests.fakes.stages import (
    SYMBOLS,
    TIMEFRAME_US,
    content_after,
    draw_candles,
    instrument_of,
)

BARS, CUT = 260, 180
LEADER, LATE = SYMBOLS[0], SYMBOLS[1]
STATES = ("Calm", "Trend", "Chaos")


def _without(history: CandleHistory, rows: range) -> CandleHistory:
    kept = np.setdiff1d(np.arange(len(history)), np.array(rows))
    columns = {name: getattr(history, name)[kept] for name in history.__struct_fields__[1:]}
    return replace(history, **columns)


@pytest.fixture(scope="module")
def histories() -> dict[str, CandleHistory]:
    """Three symbols; the second halts for some bars after the cut."""
    drawn = draw_candles(bars=BARS, seed=8)
    return {**drawn, LATE: _without(drawn[LATE], range(CUT + 20, CUT + 27))}


def _until(histories: Mapping[str, CandleHistory], ts_us: int) -> dict[str, CandleHistory]:
    """What is known when the bar before `ts_us` has closed."""
    return {s: h.cut(int(np.searchsorted(h.ts_us, ts_us))) for s, h in histories.items()}


def _bar_us(histories: Mapping[str, CandleHistory], row: int) -> int:
    return int(histories[LEADER].ts_us[row])


def _opening(content: ReleaseContent) -> Iterator[ev.JournalEvent]:
    at_us = max(cut.ts_us for cut in content.cuts)
    yield ev.LimitsRead(at_us=at_us, content=msgspec.json.encode(HardLimits()).decode())
    for symbol in SYMBOLS:
        listed = msgspec.structs.asdict(instrument_of(symbol))
        yield ev.InstrumentListed(at_us=at_us, **listed)
    yield ev.FundsMoved(at_us=at_us, amount=Decimal(10_000), reason="starting cash")
    yield _activated(content)


def _activated(content: ReleaseContent) -> ev.ReleaseActivated:
    return ev.ReleaseActivated(
        at_us=0, release_id="r", fingerprint="f", content=encode_content(content)
    )


def _candles(histories: Mapping[str, CandleHistory], ts_us: int) -> list[ev.CandleClosed]:
    told = []
    for history in histories.values():
        for row in np.flatnonzero(history.ts_us == ts_us).tolist():
            candle = msgspec.structs.asdict(history.candle(row))
            told.append(ev.CandleClosed(at_us=ts_us + TIMEFRAME_US, **candle))
    return told


def _closed(ts_us: int) -> ev.BarClosed:
    return ev.BarClosed(at_us=ts_us + TIMEFRAME_US, ts_us=ts_us)


def _bars(
    histories: Mapping[str, CandleHistory], rows: Iterable[int], *, is_live: bool = True
) -> Iterator[ev.JournalEvent]:
    """Live, each bar is told closed; caught up with, only the last one is."""
    times = [_bar_us(histories, row) for row in rows]
    for ts_us in times:
        yield from _candles(histories, ts_us)
        if is_live or ts_us == times[-1]:
            yield _closed(ts_us)


def _folded(state: State, events: Iterable[ev.JournalEvent]) -> State:
    for event in events:
        state = fold(state, event)
    return state


def _opened(histories: Mapping[str, CandleHistory], row: int = CUT) -> State:
    content = hierarchical_after(_until(histories, _bar_us(histories, row)))
    return _folded(State(), _opening(content))


def _beliefs(state: State) -> bytes:
    """Everything that the market's model moves, in its bytes."""
    assert state.market is not None
    micro = {symbol: known.micro for symbol, known in state.symbols.items()}
    market = (state.market.ts_us, state.market.features, state.market.macro)
    return msgspec.json.encode((market, micro), order="sorted")


def _cut_beliefs(content: ReleaseContent) -> bytes:
    """The same of a release's cut, before any candle since."""
    assert content.market is not None
    micro = {cut.symbol: cut.micro for cut in content.cuts}
    market = (content.market.ts_us, content.market.features, content.market.macro)
    return msgspec.json.encode((market, micro), order="sorted")


def _find_gaps(histories: Mapping[str, CandleHistory], start: State) -> list[int]:
    """The rows after which the stream believes other than a history cut there."""
    state, gaps = start, []
    for row in range(CUT, BARS):
        state = _folded(state, _bars(histories, [row]))
        known = _until(histories, _bar_us(histories, row) + 1)
        if row % 5 == 0 and _beliefs(state) != _cut_beliefs(hierarchical_after(known)):
            gaps.append(row)
    return gaps


def test_the_stream_is_the_history_cut_at_every_bar(histories: dict[str, CandleHistory]) -> None:
    """To the bit, a halted symbol included: no belief of a bar knows a later one."""
    assert _find_gaps(histories, _opened(histories)) == []


def test_a_cut_that_saw_one_bar_more_is_found(histories: dict[str, CandleHistory]) -> None:
    """Planted in the macro filter alone, it shows at the first bar that is compared."""
    honest, ahead = _opened(histories), _opened(histories, CUT + 1)
    assert honest.market is not None
    assert ahead.market is not None
    planted = replace(honest, market=replace(honest.market, macro=ahead.market.macro))

    assert _find_gaps(histories, planted)[0] == CUT


@pytest.mark.parametrize("stop", [CUT + 3, CUT + 24, BARS])
def test_history_that_is_caught_up_with_gives_the_same(
    histories: dict[str, CandleHistory], stop: int
) -> None:
    """After a restart only the newest bar is told closed."""
    live = _folded(_opened(histories), _bars(histories, range(CUT, stop)))
    late = _folded(_opened(histories), _bars(histories, range(CUT, stop), is_live=False))

    assert _beliefs(late) == _beliefs(live)


def test_a_row_made_too_late_is_found(
    histories: dict[str, CandleHistory], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the row of a bar waits until the next bar has written over it."""
    live = _folded(_opened(histories), _bars(histories, range(CUT, CUT + 9)))

    def only_when_closed(state: State, *, through_us: int) -> State:
        is_close = through_us % TIMEFRAME_US == 0
        return with_market_row(state, through_us=through_us) if is_close else state

    monkeypatch.setattr(folding, "with_market_row", only_when_closed)
    late = _folded(_opened(histories), _bars(histories, range(CUT, CUT + 9), is_live=False))

    assert _beliefs(late) != _beliefs(live)


def test_a_candle_after_its_bar_moves_its_symbol_alone(
    histories: dict[str, CandleHistory],
) -> None:
    """The market's row was made without it; the symbol's own filters take it in."""
    ts_us = _bar_us(histories, CUT)
    *in_time, tardy = _candles(histories, ts_us)
    before = _folded(_opened(histories), [*in_time, _closed(ts_us)])
    after = fold(before, tardy)

    assert after.market == before.market
    assert after.symbols[tardy.symbol].micro != before.symbols[tardy.symbol].micro


def test_a_bar_without_a_candle_is_no_row(histories: dict[str, CandleHistory]) -> None:
    """Told closed, it leaves the market as it was."""
    state = _opened(histories)

    assert fold(state, _closed(_bar_us(histories, CUT))).market == state.market


def test_regimes_are_told_when_the_bar_is_whole(histories: dict[str, CandleHistory]) -> None:
    """With a model of the market a symbol's regime waits for all symbols; without, it does not."""
    ts_us = _bar_us(histories, CUT)
    known = _until(histories, ts_us)
    candle, *others = _candles(histories, ts_us)
    told = []
    for content in (hierarchical_after(known), content_after(known)):
        state = _folded(State(), _opening(content))
        early = advance(state, candle)
        state = _folded(early.state, others)
        late = advance(state, _closed(ts_us))
        told.append(
            [any(isinstance(e, ev.RegimeChanged) for e in a.records) for a in (early, late)]
        )

    assert told == [[False, True], [True, False]]


def _in_state(state: State, name: str) -> State:
    """The same session, sure of the market's state."""
    assert state.market is not None
    probs = tuple(float(name == other) for other in STATES)
    macro = MacroState(FilterState(probs), state.market.macro.surprise)
    return replace(state, market=replace(state.market, macro=macro))


def _in_regime(state: State, name: str) -> State:
    """The same session, sure of the leader's regime within every state of the market."""
    sure = FilterState(tuple(float(name == other) for other in ("Bull", "Bear", "Chop")))
    leader = replace(state.symbols[LEADER], micro=dict.fromkeys(STATES, sure))
    return replace(state, symbols={**state.symbols, LEADER: leader})


def _ordered(state: State) -> ev.OrderIntended:
    at_us = state.symbols[LEADER].ts_us
    wish = ev.SignalGiven(
        at_us=at_us,
        symbol=LEADER,
        action="enter",
        share=1.0,
        stop_fraction=0.05,
        config_id="c",
        reasoning="a wish",
    )
    due = ev.DecisionDue(at_us=at_us, ts_us=at_us)
    (order,) = advance(fold(state, wish), due).records[1:]
    assert isinstance(order, ev.OrderIntended), order
    return order


def _regime_factor(order: ev.OrderIntended) -> float:
    return next(told.factor for told in order.waterfall if told.step == "regime")


@pytest.mark.parametrize(
    ("macro", "micro", "regime"),
    [
        ("Calm", "Bull", "BULL_TRENDING"),
        ("Trend", "Chop", "RANGING"),
        ("Trend", "Bear", "BEAR_TRENDING"),
        ("Chaos", "Bull", "VOLATILE"),
        ("Chaos", "Bear", "CRISIS"),
    ],
)
def test_the_pair_decides_the_allocation(
    histories: dict[str, CandleHistory], macro: str, micro: str, regime: str
) -> None:
    """The waterfall's regime step is that of the market's state by the symbol's."""
    order = _ordered(_in_regime(_in_state(_opened(histories), macro), micro))

    assert _regime_factor(order) == pytest.approx(ALLOCATION[regime])


def test_chaos_makes_the_order_smaller(histories: dict[str, CandleHistory]) -> None:
    """Nothing else changed than what is believed of the market."""
    sure_bull = _in_regime(_opened(histories), "Bull")
    calm, chaos = (_ordered(_in_state(sure_bull, name)) for name in ("Calm", "Chaos"))

    assert chaos.quantity < calm.quantity


def _wilder(history: CandleHistory, by: float, start: int) -> CandleHistory:
    """The same candles, the moves from a row on larger by a factor."""
    logs = {name: np.log(getattr(history, name)) for name in ("open", "high", "low", "close")}
    base = float(logs["close"][start - 1])
    moved = {
        name: np.exp(np.where(np.arange(len(column)) < start, column, base + by * (column - base)))
        for name, column in logs.items()
    }
    return replace(history, **moved)


def test_a_market_where_nothing_fits_is_met_as_chaos(histories: dict[str, CandleHistory]) -> None:
    """Moves fifteen times as large as ever: Unknown, and sized as Chaos is."""
    wild = {symbol: _wilder(history, 15.0, CUT) for symbol, history in histories.items()}
    home = _folded(_opened(histories), _bars(histories, range(CUT, CUT + 60)))
    lost = _folded(_opened(wild), _bars(wild, range(CUT, CUT + 60)))
    assert home.market is not None
    assert lost.market is not None
    sure_bull = _in_regime(lost, "Bull")

    assert not is_unknown(home.market.macro)
    assert market_probs_of(lost) == {"Unknown": 1.0}
    assert _regime_factor(_ordered(sure_bull)) == pytest.approx(ALLOCATION["VOLATILE"])


def _as_written_before(content: ReleaseContent) -> str:
    """The text of a release that knew of no market."""
    parts = msgspec.json.decode(encode_content(content))
    del parts["hierarchy"], parts["market"]
    for cut in parts["cuts"]:
        del cut["micro"]
    return msgspec.json.encode(parts).decode()


def test_a_release_from_before_folds_as_it_did(histories: dict[str, CandleHistory]) -> None:
    """Its market is the mean of its symbols, and its regimes are the pooled filter's."""
    content = content_after(_until(histories, _bar_us(histories, CUT)))
    assert decode_content(_as_written_before(content)) == content
    old = replace(_activated(content), content=_as_written_before(content))
    opening = [*_opening(content)][:-1]
    state = _folded(State(), [*opening, old, *_bars(histories, range(CUT, CUT + 30))])
    release = state.release
    assert release is not None
    own = [release.filtered_probs(known) for known in state.symbols.values()]
    leader = release.filtered_probs(state.symbols[LEADER])
    regimes = capital_regime_probs(market_of_symbols(own), leader)

    assert state.market is None
    assert regime_probs_of(state, LEADER) == leader
    assert market_probs_of(state) == market_of_symbols(own)
    assert _regime_factor(_ordered(state)) == pytest.approx(
        sum(share * ALLOCATION[name] for name, share in regimes.items())
    )


def test_releases_with_and_without_a_market_follow_each_other(
    histories: dict[str, CandleHistory],
) -> None:
    """Each activation starts from its own cut; a held symbol outside it gets filters of its own."""
    known = _until(histories, _bar_us(histories, CUT))
    inside = {symbol: known[symbol] for symbol in (LEADER, LATE)}
    state = _folded(State(), _opening(content_after(known)))
    state = fold(state, _activated(hierarchical_after(inside)))
    state = _folded(state, _bars(histories, range(CUT, CUT + 3)))
    outside = state.symbols[SYMBOLS[2]]
    after = fold(state, _activated(content_after(known)))

    assert set(outside.micro) == set(STATES)
    assert sum(joint_probs_of(state, SYMBOLS[2]).values()) == pytest.approx(1.0)
    assert after.market is None
    assert all(symbol.micro == {} for symbol in after.symbols.values())
