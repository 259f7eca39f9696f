"""Who may have how much money now: the weights in force, of agents and of symbols."""

from typing import Literal

import msgspec

from nija_domain.market.timeframes import utc_minute
from nija_domain.releases.directive import Directive
from nija_domain.trading.state import State

Among = Literal["agents", "symbols"]
SLOTS: dict[Among, str] = {"agents": "allocations", "symbols": "symbol_weights"}


class Share(msgspec.Struct, frozen=True):
    """Of the tradable capital."""

    name: str
    weight: float


class Allotment(msgspec.Struct, frozen=True, kw_only=True):
    """One directive's weights, the greatest first; nobody has the rest.

    `lapsed_us` is set where its time has run out and it holds for want of a newer one.
    """

    among: Among
    directive: int
    told_us: int
    expires_us: int
    lapsed_us: int | None
    reason: str
    shares: tuple[Share, ...]
    rest: float


def allotments_of(state: State, *, at_us: int) -> tuple[Allotment, ...]:
    """What bounds entries at this moment, as the core counts it."""
    told = ((among, state.restrictions.in_force(slot, at_us)) for among, slot in SLOTS.items())
    return tuple(_allotment(among, directive, at_us) for among, directive in told if directive)


def _allotment(among: Among, directive: Directive, at_us: int) -> Allotment:
    weights = sorted(directive.weights.items(), key=lambda item: (-item[1], item[0]))
    return Allotment(
        among=among,
        directive=directive.number,
        told_us=directive.issued_us,
        expires_us=directive.expires_us,
        lapsed_us=directive.expires_us if directive.is_expired(at_us) else None,
        reason=directive.reason,
        shares=tuple(Share(name, weight) for name, weight in weights),
        rest=max(0.0, 1.0 - sum(directive.weights.values())),
    )


def lapse_told(lapsed_us: int) -> str:
    """The words of page, command line and API alike."""
    return f"expired at {utc_minute(lapsed_us)}, but in force until newer ones come"
