"""Records of what must not be traded: one symbol, or all of them, and since when no more."""

from decimal import Decimal

from nija_domain.events.event import Event


class SymbolHalted(Event, frozen=True, tag="symbol_halted/1"):
    """The price jumped by ten times or more: this symbol is not traded from now on.

    A release that was trained beyond the jump ends it: by then a person has confirmed the jump, or
    it was a misprint.
    """

    symbol: str
    ts_us: int
    before: float
    price: float


class HaltTripped(Event, frozen=True, tag="halt_tripped/1"):
    """A hard limit was passed: no entries until the halt ends."""

    limit: str
    value: float
    bound: float


class KillOrdered(Event, frozen=True, tag="kill_ordered/1"):
    """Observed: a person killed trading: everything is sold, and nothing is bought any more."""

    reason: str


class KillLifted(Event, frozen=True, tag="kill_lifted/1"):
    """Observed: a person disarmed the kill switch."""


class HaltLifted(Event, frozen=True, tag="halt_lifted/1", omit_defaults=True):
    """`peak_equity`: losses are measured from this one on, because a person lifted the halt."""

    limit: str
    peak_equity: Decimal | None = None
