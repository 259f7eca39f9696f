"""What a turn and an order cost once many orders have closed: no more than at the beginning."""

import asyncio
import time
from collections.abc import Callable
from statistics import median
from typing import TYPE_CHECKING

from bench.report import Report, Row

if TYPE_CHECKING:
    from nija_domain.trading.state import State
    from tests.fakes.stands import Stand

FEW, MANY = 10, 10_000
APART = 4
"""Minutes between orders: all of them lie within the window that capital learns from."""

SYMBOL, PRICE = "BTC/USD", "66000"
ROUNDS, REPETITIONS = 25, 40
GROWTH_MAX = 1.2


def measure() -> Report:
    return asyncio.run(_measure())


async def _measure() -> Report:
    """Both in turn, so that neither has the quieter machine."""
    stands = {count: await _stand_after(count) for count in (FEW, MANY)}
    rests: dict[int, list[float]] = {count: [] for count in stands}
    orders: dict[int, list[float]] = {count: [] for count in stands}
    for _ in range(ROUNDS):
        for count, stand in stands.items():
            rests[count].append(await _rest_s(stand))
            orders[count].append(_order_s(stand.session.state, count))
    rows = [_row("a turn at rest", rests), _row("an order from its decision to its trade", orders)]
    return Report(bench="turn", threads=1, rows=rows)


def _row(case: str, seconds: dict[int, list[float]]) -> Row:
    """The least of the rounds: what else the machine does only adds."""
    few_s, many_s = (min(seconds[count]) for count in (FEW, MANY))
    return Row(
        case=f"{case}, {MANY:,} closed before",
        ours_s=many_s,
        peer=f"the same, {FEW} closed before",
        peer_s=few_s,
        agree=many_s <= GROWTH_MAX * few_s,
        more={"growth": many_s / few_s},
    )


async def _stand_after(count: int) -> "Stand":
    from tests.fakes.stands import HOLD, Stand

    stand = Stand(strategy=HOLD)
    await stand.start()
    await stand.turn()  # it takes its release
    state = stand.session.state
    for number in range(count):
        state = play_order(state, number)
    stand.session.state = state
    return stand


async def _rest_s(stand: "Stand") -> float:
    """No bar closes meanwhile: the clock stands still."""
    spent = []
    for _ in range(REPETITIONS):
        begun = time.perf_counter()
        await stand.turn(after_us=0)
        spent.append(time.perf_counter() - begun)
    return median(spent)


def _order_s(state: "State", number: int) -> float:
    return median(_timed(lambda: play_order(state, number)) for _ in range(REPETITIONS))


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def play_order(state: "State", number: int) -> "State":
    """One entry, decided, bought, stopped out and closed, some minutes after the one before."""
    from msgspec.structs import replace

    from nija_domain.events import records as ev
    from nija_domain.market.timeframes import MINUTE_US
    from nija_domain.trading.core import advance
    from nija_domain.trading.fold import fold
    from tests.fakes.sessions import accepted, filled, seen

    bar_us = state.market.symbols[SYMBOL].ts_us
    at_us = bar_us + number * APART * MINUTE_US
    wish = ev.SignalAnswered(
        at_us=at_us,
        symbol=SYMBOL,
        action="enter",
        share=1.0,
        stop_fraction=0.05,
        config_id="trend:BTC/USD:aggressive",
        agent="trend",
        reasoning="bench",
    )
    due = ev.DecisionDue(at_us=at_us, ts_us=bar_us)
    decided = advance(fold(_before_signals(state), wish), due)
    entry = next(each for each in decided.records if isinstance(each, ev.OrderIntended))
    state, quantity, stop = decided.state, f"{entry.quantity:f}", f"{entry.order_id}-stop"
    for event in (
        accepted(entry.order_id),
        filled(entry.order_id, f"{number}.1", quantity=quantity, price=PRICE),
        seen(entry.order_id, status="filled", quantity=quantity, filled=quantity),
        seen(stop, quantity=quantity),
        filled(stop, f"{number}.2", quantity=quantity, price=PRICE, side="sell"),
        seen(stop, status="filled", quantity=quantity, filled=quantity),
    ):
        state = advance(state, replace(event, at_us=at_us)).state
    if state.book.positions or state.book.orders.live:
        raise ValueError(f"order {number} did not close; the events of its end are missing")
    return state


def _before_signals(state: "State") -> "State":
    """The state at the close of a bar, when nothing is wished yet."""
    from msgspec.structs import replace

    return replace(state, book=replace(state.book, signals=()))
