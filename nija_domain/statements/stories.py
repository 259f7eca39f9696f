"""Why an order, a stop, a position or a trade is as it is, from the journal.

A round trip is found by its entry, and by the ids of its stops, sales and fills, ours or the
venue's.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from nija_domain.errors import NotFound, QuestionInvalid
from nija_domain.events import records as ev
from nija_domain.events.version_1 import position_key
from nija_domain.trading.order_ids import entry_id_of, is_named, short_id, stop_id_of

Kind = Literal["order", "stop", "position", "trade"]
NEWEST_SHOWN = 5


class OrderStory(msgspec.Struct, frozen=True, kw_only=True):
    """One order of a round trip. A stop has no intent of its own: it belongs to its entry."""

    order_id: str
    role: ev.Role
    venue_id: str | None
    reason: str
    fills: tuple[ev.OrderFilled, ...]
    ends: tuple[str, ...]


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """`order`, `fills` and `ends` are those of the order asked for; of a stop, its entry's."""

    kind: Kind
    order_id: str
    order: ev.OrderIntended
    fills: tuple[ev.OrderFilled, ...]
    ends: tuple[str, ...]
    round_trip: tuple[OrderStory, ...]
    opened: ev.PositionOpened | None
    closed: ev.TradeClosed | None


def find_story(events: Iterable[ev.JournalEvent], asked: str) -> Story:
    """The story of an id or its first characters, or of a symbol's open position."""
    book = _Book()
    for event in events:
        book.take(event)
    order_id, is_position = book.find(asked)
    entry_id = book.entry_of[order_id]
    own = book.story_of(order_id)
    closed = book.closed.get(entry_id)
    kind: Kind = "stop" if own.role == "stop" else "order"
    if is_position or (order_id == entry_id and entry_id in book.opened):
        kind = "position" if closed is None else "trade"
    return Story(
        kind=kind,
        order_id=order_id,
        order=book.intents[order_id if order_id in book.intents else entry_id],
        fills=own.fills,
        ends=own.ends,
        round_trip=tuple(
            book.story_of(other) for other, entry in book.entry_of.items() if entry == entry_id
        ),
        opened=book.opened.get(entry_id),
        closed=closed,
    )


class _Book:
    """All orders of a journal by their ids."""

    def __init__(self) -> None:
        self.intents: dict[str, ev.OrderIntended] = {}
        self.entry_of: dict[str, str] = {}
        self.opened: dict[str, ev.PositionOpened] = {}
        self.closed: dict[str, ev.TradeClosed] = {}
        self._names: dict[str, str] = {}
        self._venue_ids: dict[str, str] = {}
        self._fills: dict[str, list[ev.OrderFilled]] = {}
        self._ends: dict[str, list[str]] = {}
        self._entering: dict[str, str] = {}
        self._open_as: dict[str, str] = {}

    def take(self, event: ev.JournalEvent) -> None:
        match event:
            case ev.OrderIntended():
                self._intend(event)
            case ev.OrderAccepted():
                self._name(event.order_id, event.venue_id)
                self._venue_ids[event.order_id] = event.venue_id
            case ev.OrderFilled():
                self._fill(event)
            case ev.OrderRefused() | ev.OrderUnknown() | ev.CancelIntended():
                self._ends.setdefault(event.order_id, []).append(event.reason)
            case ev.OrderClosed() | ev.OrderEnded():
                self._ends.setdefault(event.order_id, []).append(event.status)
            case ev.PositionOpened():
                entry_id = self._entering[position_key(event)]
                self._open_as[position_key(event)] = entry_id
                self.opened[entry_id] = event
            case ev.TradeClosed():
                self.closed[self._open_as.pop(position_key(event))] = event
            case _:
                return

    def find(self, asked: str) -> tuple[str, bool]:
        """The order that is meant, and whether it was found by its position or symbol."""
        held = {entry for entry in self._open_as.values() if self.opened[entry].symbol == asked}
        named = {entry for entry, told in self.opened.items() if told.position_id == asked}
        found = named or held
        if len(found) > 1:
            raise QuestionInvalid(self._several(asked, found))
        if found:
            return found.pop(), True
        return self._order_named(asked), False

    def _order_named(self, asked: str) -> str:
        if asked in self._names:
            return self._names[asked]
        meant = {order for name, order in self._names.items() if is_named(name, asked=asked)}
        entries = {self.entry_of[order] for order in meant}
        if len(meant) > 1 and len(entries) == 1 and entries <= meant:
            meant = entries
        if len(meant) == 1:
            return meant.pop()
        raise (QuestionInvalid if meant else NotFound)(self._unclear(asked, sorted(meant)))

    def story_of(self, order_id: str) -> OrderStory:
        intent = self.intents.get(order_id)
        return OrderStory(
            order_id=order_id,
            role=intent.role if intent else "stop",
            venue_id=self._venue_ids.get(order_id),
            reason=intent.reason if intent else "waits at the venue since the entry filled",
            fills=tuple(self._fills.get(order_id, ())),
            ends=tuple(self._ends.get(order_id, ())),
        )

    def _intend(self, event: ev.OrderIntended) -> None:
        order_id = event.order_id
        self.intents[order_id] = event
        if event.role == "entry":
            self._entering[position_key(event)] = order_id
        self.entry_of[order_id] = self._open_as.get(position_key(event), order_id)
        self._names[order_id] = order_id

    def _fill(self, event: ev.OrderFilled) -> None:
        self._name(event.order_id, event.trade_id)
        self._fills.setdefault(event.order_id, []).append(event)
        intent = self.intents.get(event.order_id)
        if intent and intent.role == "entry":
            self._name(stop_id_of(event.order_id), None)

    def _name(self, order_id: str, name: str | None) -> None:
        self.entry_of.setdefault(order_id, entry_id_of(order_id))
        self._names[order_id] = order_id
        if name is not None:
            self._names[name] = order_id

    def _several(self, symbol: str, entry_ids: Iterable[str]) -> str:
        names = ", ".join(sorted(self.opened[each].position_id for each in entry_ids))
        return f"several agents hold {symbol}: {names}; ask for one of them"

    def _unclear(self, asked: str, meant: list[str]) -> str:
        if meant:
            found = ", ".join(map(short_id, meant[:NEWEST_SHOWN]))
            return f"{asked!r} fits several ids: {found}; type more of the id"
        newest = [
            f"{short_id(each.order_id)} ({each.role} {each.symbol})"
            for each in list(self.intents.values())[: -NEWEST_SHOWN - 1 : -1]
        ]
        known = ", ".join(newest) or "none yet"
        return (
            f"{asked!r} is neither an id in the journal nor a symbol with an open position;"
            f" newest ids: {known}"
        )
