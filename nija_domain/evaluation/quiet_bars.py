"""Bars at which nothing happens, played at once: no wish, no fill, no limit, no new day.

What a session records of such bars and what it knows after them follow from the candles alone. A
bar that might be more than that is left to the core; a test compares both, record by record.
"""

from collections.abc import Iterator

import msgspec
import numpy as np
from msgspec.structs import replace

from nija_domain.evaluation.foresight import Foresight, RuleHolding, next_wish
from nija_domain.evaluation.quiet_marks import Seen, mark_quiet
from nija_domain.evaluation.quiet_records import records_of
from nija_domain.events import records as ev
from nija_domain.events.position_id import CORE
from nija_domain.market.quality.steps import is_step
from nija_domain.market.timeframes import DAY_US
from nija_domain.regimes.filter import FilterState
from nija_domain.strategies.rule import RuleState
from nija_domain.strategies.shelf import rule_named
from nija_domain.trading.book import Book, Position
from nija_domain.trading.broker import Broker
from nija_domain.trading.candles import BAND_CLOSES
from nija_domain.trading.due import due_us
from nija_domain.trading.market import ActiveRelease, SymbolState
from nija_domain.trading.paper import PaperDesk
from nija_domain.trading.state import State
from nija_domain.trading.strategy_presets import choice_of, drawn_key

BLOCK_BARS = 256
"""As far as is looked ahead at once."""

NEAR = 1.0 + 1e-9
"""A price so close to a stop is left to the core, which counts in ticks."""


class Quiet(msgspec.Struct, frozen=True):
    """The desk after some quiet bars, what was recorded of them, and the row that comes next."""

    desk: PaperDesk
    records: list[ev.JournalEvent]
    row: int


def play_quiet(desk: PaperDesk, seen: Seen, row: int) -> Quiet:
    """All quiet bars from this row on, within a block; none if the next one may be more."""
    state, broker = desk.state, desk.broker
    release, limits = state.release, state.limits_in_force
    if release is None or limits is None or not _is_at_rest(state, broker):
        return Quiet(desk, [], row)
    frame_us = release.content.timeframe_us
    stop = min(_first_event(state, broker, seen, row, frame_us), row + BLOCK_BARS)
    scans = [*_scans(state, release, seen, range(row, stop))] if stop > row else []
    stop = min((found for _, found, _ in scans), default=stop)
    if stop <= row:
        return Quiet(desk, [], row)
    marked = mark_quiet(state, limits, seen, range(row, stop), frame_us)
    stop = row + len(marked.events)
    if stop <= row:
        return Quiet(desk, [], row)
    rows = range(row, stop)
    if any(found != stop for _, found, _ in scans):
        scans = [*_scans(state, release, seen, rows)]
    book = replace(
        state.book,
        purse=marked.purse,
        capital=marked.capital,
        rule_states={**state.book.rule_states, **{key: after for key, _, after in scans}},
    )
    records = records_of(state, release.content, seen, rows, marked.events)
    after = _after(replace(state, book=book), release, seen, rows)
    return Quiet(PaperDesk(after, broker), records, stop)


def _is_at_rest(state: State, broker: Broker) -> bool:
    """Nothing is due, on its way or halted; only stops wait at the venue."""
    book, restrictions = state.book, state.restrictions
    return (
        due_us(state) is None
        and book.capital.shadow is None
        and not restrictions.tripped
        and not restrictions.stepped
        and all(order.role == "stop" for order in book.orders.live.values())
        and all(slip.order.kind == "stop-loss" for slip in broker.slips.values())
        and all(each.exit_reason is None for each in book.positions.values())
        and all(each.missing_bars == 0 for each in state.market.symbols.values())
    )


def _first_event(state: State, broker: Broker, seen: Seen, row: int, frame_us: int) -> int:
    """The first row with a new day, a stop or target that may be reached, or an age limit."""
    any_history = next(iter(seen.values())).history
    last = min(row + BLOCK_BARS, len(any_history))
    closes_us = any_history.ts_us[row:last] + frame_us
    loud = closes_us // DAY_US != state.book.purse.day
    for slip in broker.slips.values():
        price = slip.order.price
        if price is not None:
            low = seen[slip.order.symbol].history.low[row:last]
            loud |= low <= float(price) * NEAR
    for position in state.book.positions.values():
        if position.target_price is not None:
            close = seen[position.symbol].history.close[row:last]
            loud |= close >= float(position.target_price)
        if position.leave_by_us is not None:
            loud |= closes_us >= position.leave_by_us
        if state.release is None or state.release.content.agent(position.agent) is None:
            return row
    for symbol, foresight in seen.items():
        close, before = foresight.history.close[row:last], state.market.symbols[symbol].close
        if len(close) and is_step(before, float(close[0])):
            return row
    return row + int(np.argmax(loud)) if loud.any() else last


def _holding(book: Book, agent: str, symbol: str, close_us: int, frame_us: int) -> RuleHolding:
    for position in book.positions.values():
        if position.agent == agent and position.slot.tag == CORE and position.symbol == symbol:
            bars = (close_us - position.decided_us) // frame_us
            return RuleHolding(is_held=True, bars_held=max(1, bars))
    return RuleHolding(is_held=False)


def _scans(
    state: State, release: ActiveRelease, seen: Seen, rows: range
) -> Iterator[tuple[str, int, RuleState]]:
    """Of each agent at each symbol: the first row with a wish, and its rule's state before."""
    book, frame_us = state.book, release.content.timeframe_us
    for agent in release.content.agents:
        initial = rule_named(agent.strategy.name).initial
        for symbol, foresight in seen.items():
            close_us = int(foresight.history.ts_us[rows.start]) + frame_us
            key, choice = drawn_key(agent.name, symbol), choice_of(book, agent, symbol)
            before = book.rule_states.get(key, initial)
            holding = _holding(book, agent.name, symbol, close_us, frame_us)
            yield key, *next_wish(foresight, choice, before, rows, holding=holding)


def _after(state: State, release: ActiveRelease, seen: Seen, rows: range) -> State:
    """What the session knows once these rows have passed."""
    symbols = {
        symbol: _symbol_after(known, release, seen[symbol], rows)
        for symbol, known in state.market.symbols.items()
    }
    history = next(iter(seen.values())).history
    book = replace(
        state.book,
        positions={
            name: _position_after(each, seen[each.symbol], rows)
            for name, each in state.book.positions.items()
        },
        signals=(),
        wishes=(),
        decided_us=int(history.ts_us[rows.stop - 1]),
    )
    return replace(state, market=replace(state.market, symbols=symbols), book=book)


def _symbol_after(
    known: SymbolState, release: ActiveRelease, seen: Foresight, rows: range
) -> SymbolState:
    last, beliefs = rows.stop - 1, tuple(seen.beliefs[rows.stop - 1].tolist())
    closes = seen.history.close[max(rows.start, rows.stop - 1 - BAND_CLOSES) : last].tolist()
    ts_us, close = int(seen.history.ts_us[last]), float(seen.history.close[last])
    values = tuple(seen.values[last].tolist())
    is_started = known.filtered.is_started or bool(
        np.isfinite(seen.values[rows.start : rows.stop]).all(axis=1).any()
    )
    return SymbolState(
        ts_us=ts_us,
        close=close,
        features=seen.states_after(last, known.features, since=rows.start),
        values=values,
        filtered=FilterState(beliefs, is_started),
        marked_us=ts_us,
        mark_price=close,
        regime=release.content.regimes.state_names[seen.likeliest[last]],
        closes_before=(*known.closes_before, known.close, *closes)[-BAND_CLOSES:],
    )


def _position_after(position: Position, seen: Foresight, rows: range) -> Position:
    """A bar that it opened in does not count."""
    window = slice(rows.start, rows.stop)
    whole = seen.history.ts_us[window] >= position.opened_us
    if not whole.any():
        return position
    low, high = seen.history.low[window][whole].min(), seen.history.high[window][whole].max()
    return replace(
        position,
        lowest=min(float(low), position.lowest if position.lowest is not None else np.inf),
        highest=max(float(high), position.highest if position.highest is not None else -np.inf),
    )
