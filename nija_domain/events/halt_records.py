"""Records of what must not be traded: one symbol, or all of them, and since when no more."""

from nija_domain.events.event import Event


class SymbolHalted(Event, frozen=True, tag="symbol_halted/1"):
    """The price stepped by ten times or more: nothing is decided on this symbol from here on.

    A release whose history reaches over the step ends it: a person has confirmed it by then, or
    it has turned out to be a misprint.
    """

    symbol: str
    ts_us: int
    before: float
    price: float


class HaltTripped(Event, frozen=True, tag="halt_tripped/1"):
    """A hard limit was passed: no entry until the reason is over."""

    limit: str
    value: float
    bound: float


class HaltLifted(Event, frozen=True, tag="halt_lifted/1"):
    limit: str
