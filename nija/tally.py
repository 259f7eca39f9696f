"""What the journal tells of the trading so far, read only from where the last look ended."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

from nija.bootstrap import read_journal
from nija.home import Home
from nija_domain.events.records import (
    EquityMarked,
    HaltLifted,
    HaltTripped,
    JournalEvent,
    OrderFilled,
    PositionOpened,
    ReleaseActivated,
    TradeClosed,
)


class Tally(msgspec.Struct, frozen=True):
    records: int = 0
    fills: int = 0
    opened: int = 0
    closed: int = 0
    net_profit: Decimal = Decimal(0)
    equity: Decimal | None = None
    active_release: str = ""
    halts: frozenset[str] = frozenset()

    @property
    def open_positions(self) -> int:
        return self.opened - self.closed


def count(tally: Tally, events: Iterable[JournalEvent]) -> Tally:
    for event in events:
        change = _CHANGES.get(type(event))
        changes = change(tally, event) if change else {}
        tally = msgspec.structs.replace(tally, records=tally.records + 1, **changes)
    return tally


_CHANGES: dict[type, Callable[[Tally, Any], dict[str, Any]]] = {
    OrderFilled: lambda tally, _: {"fills": tally.fills + 1},
    PositionOpened: lambda tally, _: {"opened": tally.opened + 1},
    TradeClosed: lambda tally, event: {
        "closed": tally.closed + 1,
        "net_profit": tally.net_profit + event.gross - event.fees,
    },
    EquityMarked: lambda _, event: {"equity": event.equity},
    ReleaseActivated: lambda _, event: {"active_release": event.release_id},
    HaltTripped: lambda tally, event: {"halts": tally.halts | {event.limit}},
    HaltLifted: lambda tally, event: {"halts": tally.halts - {event.limit}},
}


class JournalWatch:
    """Remembers where it stopped reading, so that a long journal costs nothing to watch."""

    def __init__(self, home: Home) -> None:
        self._path = home.journal
        self._sequence = 0
        self._tally = Tally()

    def look(self) -> Tally:
        new = list(read_journal(self._path, self._sequence))
        if new:
            self._sequence = new[-1][0]
            self._tally = count(self._tally, (event for _, event in new))
        return self._tally
