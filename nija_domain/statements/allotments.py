"""The shares of the money in force, of agents and of symbols."""

from typing import Literal

import msgspec

from nija_domain.market.timeframes import utc_minute
from nija_domain.releases.directive import Directive
from nija_domain.trading.state import State

Among = Literal["agents", "symbols"]
SLOTS: dict[Among, str] = {"agents": "allocations", "symbols": "symbol_weights"}


class Share(msgspec.Struct, frozen=True):
    """A share of the tradable capital."""

    name: str
    weight: float


class Allotment(msgspec.Struct, frozen=True, kw_only=True):
    """The shares that one directive gives out, largest first; `rest` is unused.

    `lapsed_us` is set if it has expired; it stays in force until a newer one comes.
    """

    among: Among
    directive: int
    issued_us: int
    expires_us: int
    lapsed_us: int | None
    reason: str
    shares: tuple[Share, ...]
    rest: float


def allotments_of(state: State, *, at_us: int) -> tuple[Allotment, ...]:
    """The shares that limit entries now, as the core applies them."""
    in_force = ((among, state.restrictions.in_force(slot, at_us)) for among, slot in SLOTS.items())
    return tuple(_allotment(among, directive, at_us) for among, directive in in_force if directive)


def _allotment(among: Among, directive: Directive, at_us: int) -> Allotment:
    weights = sorted(directive.weights.items(), key=lambda item: (-item[1], item[0]))
    return Allotment(
        among=among,
        directive=directive.number,
        issued_us=directive.issued_us,
        expires_us=directive.expires_us,
        lapsed_us=directive.expires_us if directive.is_expired(at_us) else None,
        reason=directive.reason,
        shares=tuple(Share(name, weight) for name, weight in weights),
        rest=max(0.0, 1.0 - sum(directive.weights.values())),
    )


def lapse_text(lapsed_us: int) -> str:
    """The words for expired shares; the same on page, command line and API."""
    return f"expired at {utc_minute(lapsed_us)}, but in force until newer ones come"
