"""Who may have how much money now: the weights in force, of agents and of symbols."""

from typing import Literal

import msgspec

from gateway.picture import Picture
from nija_domain.releases.directive import Directive
from nija_domain.trading.directives import directive_in_force

Among = Literal["agents", "symbols"]
SLOTS: dict[Among, str] = {"agents": "allocations", "symbols": "symbol_weights"}


class Share(msgspec.Struct, frozen=True):
    """Of the tradable capital."""

    name: str
    weight: float


class Allotment(msgspec.Struct, frozen=True, kw_only=True):
    """One directive's weights, the greatest first; nobody has the rest."""

    among: Among
    directive: int
    told_us: int
    expires_us: int
    reason: str
    shares: tuple[Share, ...]
    rest: float


def allotments_of(picture: Picture) -> tuple[Allotment, ...]:
    """What has expired is left out, as entries leave it out."""
    at_us = picture.last.at_us if picture.last else 0
    told = (
        (among, directive_in_force(picture.state, slot, at_us)) for among, slot in SLOTS.items()
    )
    return tuple(_allotment(among, directive) for among, directive in told if directive)


def _allotment(among: Among, directive: Directive) -> Allotment:
    weights = sorted(directive.weights.items(), key=lambda item: (-item[1], item[0]))
    return Allotment(
        among=among,
        directive=directive.number,
        told_us=directive.issued_us,
        expires_us=directive.expires_us,
        reason=directive.reason,
        shares=tuple(Share(name, weight) for name, weight in weights),
        rest=max(0.0, 1.0 - sum(directive.weights.values())),
    )
