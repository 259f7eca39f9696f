"""What the executor needs from the outside. Adapters and fakes implement these protocols."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from nija_domain.events.records import JournalEvent
from nija_domain.market.candles import Candle
from nija_domain.market.instruments import Instrument
from nija_domain.releases.content import ReleaseContent
from nija_domain.releases.directive import Directive
from nija_domain.trading.reports import (
    BalanceReport,
    FillReport,
    OddRow,
    OrderReport,
    PlacedOrder,
)
from nija_domain.trading.snapshots import Snapshot


class CandleSource(Protocol):
    """A venue's candles, and nothing else of it."""

    async def fetch_candles(
        self, symbol: str, *, timeframe_us: int, since_us: int, now_us: int
    ) -> list[Candle]:
        """The closed candles of one symbol from `since_us` on, oldest first."""


class Exchange(CandleSource, Protocol):
    """One account at one venue.

    A method that only reads raises `VenueUnreachable` if no answer came, and can be repeated.
    `place_order` and `cancel_order` raise `VenueRefused` if the venue refused, `VenueUnreachable`
    if nothing was sent, and `OutcomeUnknown` if the venue may or may not have acted; they must not
    be repeated.
    """

    async def fetch_time_us(self) -> int:
        """The venue's clock."""

    async def fetch_instruments(self, symbols: tuple[str, ...]) -> tuple[Instrument, ...]:
        """Steps, minimums and fees of those symbols that the venue lists, as they are now."""

    async def fetch_balances(self) -> BalanceReport:
        """All that the account holds: one request."""

    async def place_order(self, order: PlacedOrder) -> str:
        """Send a market order, with its stop for an entry; returns the venue's id of it."""

    async def cancel_order(self, venue_id: str) -> None:
        """Cancel the order with this id of the venue."""

    async def fetch_orders(self, *, since_us: int) -> list[OrderReport | OddRow]:
        """The open orders of the account, and those closed since `since_us`."""

    async def fetch_open_orders(self) -> list[OrderReport | OddRow]:
        """The open orders of the account alone: one request."""

    async def fetch_fills(self, *, since_us: int) -> list[FillReport | OddRow]:
        """The fills of the account since `since_us`, oldest first; then what cannot be read."""

    async def find_order(self, client_id: str) -> OrderReport | None:
        """The order with our id, or None if the venue does not have it."""

    async def close(self) -> None:
        """Close the connections."""


class Journal(Protocol):
    """The file that records every event. Only the executor writes it."""

    async def commit(self, events: Sequence[JournalEvent]) -> int:
        """Write the events durably, all or none; returns the number of the last one.

        Commits keep the order of the calls. Raises `NijaError` if nothing was written, and
        `JournalLocked` if that was because another program held the file.
        """

    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
        """The events after this number, oldest first, each with its number."""

    def close(self) -> None:
        """Finish the file, so that another process can open it."""


class Emergency(Protocol):
    """Takes the journal's place during a kill, while the journal cannot be written."""

    async def commit_urgently(self, events: Sequence[JournalEvent]) -> int:
        """Write the events to the journal, or soon beside it; returns the number of the last one.

        It does not fail: what can be written nowhere is told loudly, and the kill goes on. The
        number is 0 where the journal holds more than this session knows, for no snapshot to fit.
        """

    def hurry(self) -> None:
        """A kill waits: a commit that is under way gives up soon."""

    async def merge(self) -> None:
        """Bring what lies beside the journal into it, in order, if it can be written."""


class Snapshots(Protocol):
    """States that a start may begin from, each bound to a record of the journal."""

    def keep(self, snapshot: Snapshot) -> None:
        """Store it whole; raises `NijaError` if it cannot be stored."""

    def newest(self) -> Snapshot | None:
        """The newest that surely belongs to this journal and this code."""


class VerifiedRelease(msgspec.Struct, frozen=True):
    """A release whose signature, hashes and content have been checked."""

    release_id: str
    fingerprint: str
    content: ReleaseContent


class ReleaseChannel(Protocol):
    """What a channel points to."""

    def pointed_release_id(self) -> str | None:
        """The id of the release that the channel points to; None before the first promotion."""

    def load_verified(self) -> VerifiedRelease:
        """Load that release; raises `ReleaseInvalid` if it is damaged or its key is not trusted."""


class Releases(ReleaseChannel, Protocol):
    """The channel from the pipelines: the current release, and directives between releases."""

    def directives_after(self, number: int) -> list[int]:
        """The numbers of all directives after this one, in order."""

    def load_directive(self, number: int) -> Directive:
        """Load one directive; raises `ReleaseInvalid` if it is not signed by a trusted key."""


class KillSwitch(Protocol):
    """A person's order to sell everything and to buy nothing."""

    def reason(self) -> str | None:
        """Why trading was killed; None while it was not."""

    def is_disarmed(self) -> bool:
        """Whether a person ended the kill."""

    def forget(self) -> None:
        """The disarming was taken: the next kill begins anew."""


class Clock(Protocol):
    """The venue's time, as the executor counts it."""

    def now_us(self) -> int:
        """The venue's time now; it never goes backwards."""

    def sync(self, origin_us: int) -> None:
        """Correct it: jump forward to this time, or stand still until it is reached."""
