"""However many orders have ended, neither a turn nor an order walks through them."""

from collections.abc import Iterator
from typing import Any, NoReturn

import pytest
from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.trading.orders import ENDED_MAX, Order
from nija_domain.trading.state import State
from tests.fakes.sessions import intended, with_book
from tests.fakes.stands import CHURN, Stand, run


class Unwalked(dict[str, Order]):
    """Found in by key, and copied whole; whoever walks through it fails."""

    def __init__(self, known: dict[str, Order]) -> None:
        super().__init__(known)
        self._known = known

    def copy(self) -> dict[str, Order]:
        return self._known.copy()

    def _walked(self, *_: Any) -> NoReturn:
        raise AssertionError("somebody walks through the ended orders")

    __iter__ = keys = values = items = _walked  # type: ignore[assignment]


def _many_ended(state: State, count: int) -> State:
    """The state with so many more orders that ended long ago."""
    known = state.book.orders
    intent = intended("old")
    order = Order(
        order_id="old",
        position_id=next(iter(known)).position_id,
        symbol=intent.symbol,
        side="buy",
        role="entry",
        quantity=intent.quantity,
        status="canceled",
        intended_us=0,
        release_id="r",
        intent=intent,
    )
    old = {f"old-{number}": replace(order, order_id=f"old-{number}") for number in range(count)}
    ended = Unwalked(old | known.ended)
    return with_book(state, orders=replace(known, ended=ended))


def _kept_unwalked(stand: Stand) -> Iterator[None]:
    """Each turn begins with orders that nobody may walk through."""
    for _ in range(6):
        orders = stand.session.state.book.orders
        ended = Unwalked(orders.ended.copy())
        stand.session.state = with_book(stand.session.state, orders=replace(orders, ended=ended))
        yield


def test_turns_and_orders_do_not_walk_through_what_has_ended() -> None:
    """At rest, at a bar's close, and while orders are sent, filled and ended."""

    async def course() -> None:
        stand = Stand(strategy=CHURN, bars=12)
        await stand.start()
        await stand.play(4)
        stand.session.state = _many_ended(stand.session.state, ENDED_MAX - 100)
        before = len(stand.journal.events)
        for _ in _kept_unwalked(stand):
            await stand.turn()
            await stand.play(1, turns=1)
        made = {type(event) for event in stand.journal.events[before:]}

        assert {ev.OrderIntended, ev.OrderFilled, ev.OrderEnded, ev.TradeClosed} <= made
        assert "EventQuarantined" not in stand.kinds()

    run(course())


def test_the_test_would_see_a_walk() -> None:
    """A check that nothing fails would hold of anything."""
    with pytest.raises(AssertionError, match="walks through"):
        list(Unwalked({}))
