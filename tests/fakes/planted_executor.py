"""Faults planted in the executor, one by one, to see that a storm catches them."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from executor.observe import orders
from nija_adapters.exchange.kraken import KrakenExchange
from nija_domain.errors import OutcomeUnknown
from nija_domain.trading import cover, due, exits, obstacles, order_machine
from nija_domain.trading.reports import PlacedOrder
from storm import disk

ALWAYS_PLAYED = 6
"""Seeds that the tests play without any plant."""

Plant = Callable[[pytest.MonkeyPatch], None]


def send_twice(patch: pytest.MonkeyPatch) -> None:
    """Idempotency off: an order whose answer was lost is sent again."""
    place = KrakenExchange.place_order

    async def place_again(self: KrakenExchange, order: PlacedOrder) -> str:
        try:
            return await place(self, order)
        except OutcomeUnknown:
            return await place(self, order)

    patch.setattr(KrakenExchange, "place_order", place_again)


def forget_stops(patch: pytest.MonkeyPatch) -> None:
    """Entries ask for no stop, and nobody misses it."""
    place = KrakenExchange.place_order

    async def place_bare(self: KrakenExchange, order: PlacedOrder) -> str:
        return await place(self, replace(order, stop_price=None))

    patch.setattr(KrakenExchange, "place_order", place_bare)
    for module in (cover, exits):
        patch.setattr(module, "is_exposed", lambda *_: False)


def pass_limits_by_one(patch: pytest.MonkeyPatch) -> None:
    """One position more than the limit says."""
    find = obstacles._of_counts

    def find_later(wish: Any) -> Iterator[obstacles.Obstacle]:
        limits = replace(wish.limits, max_open_positions=wish.limits.max_open_positions + 1)
        yield from find(replace(wish, limits=limits))

    patch.setattr(obstacles, "_of_counts", find_later)


def drop_fills(patch: pytest.MonkeyPatch) -> None:
    """Every fifth trade, by its name, is overlooked."""
    read = orders._filled

    def overlook(state: Any, fills: Iterable[Any]) -> Iterator[Any]:
        return read(state, [fill for fill in fills if ord(fill.trade_id[3]) % 5])

    patch.setattr(orders, "_filled", overlook)


def believe_the_journal(patch: pytest.MonkeyPatch) -> None:
    """The chain is read without being followed."""
    patch.setattr(disk, "follow_chain", lambda links, **_: iter(links))


def decide_on_old_bars(patch: pytest.MonkeyPatch) -> None:
    """Whatever the venue's clock says of the bar's age."""
    patch.setattr(obstacles, "_of_data", lambda _: iter(()))


def replace_no_stop(patch: pytest.MonkeyPatch) -> None:
    """A stop that ended, or was cancelled for a sale that failed, does not come back."""
    for module in (due, order_machine):
        patch.setattr(module, "cover_again", lambda *_, **__: ())


PLANTS: tuple[Plant, ...] = (
    send_twice,
    forget_stops,
    pass_limits_by_one,
    drop_fills,
    believe_the_journal,
    decide_on_old_bars,
    replace_no_stop,
)
