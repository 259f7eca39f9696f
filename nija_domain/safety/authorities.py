"""Who forbids entries, since when, until when, why, and who may lift it."""

from typing import Literal, get_args

import msgspec

from nija_domain.releases.directive import Authority, Directive

Level = Literal["reduce_only", "halt", "kill"]
"""From mild to strict: no entries; no entries, and it was meant; everything is sold."""

LEVELS: dict[str, Level] = {"reduce_only": "reduce_only", "suspend": "halt"}
"""By the kind of the directive that says it."""

AUTHORITIES: tuple[Authority, ...] = get_args(Authority)

MAY_LIFT: dict[Authority, frozenset[Authority]] = {
    "person": frozenset({"person"}),
    "guardian": frozenset({"guardian", "person"}),
    "data": frozenset({"data", "person"}),
    "release": frozenset({"release", "person"}),
    "ethics": frozenset({"person"}),
    "limits": frozenset({"person"}),
}
"""Whose word ends a restriction of each authority before its time; docs/limits.md has the table."""


class Restriction(msgspec.Struct, frozen=True, kw_only=True):
    """`until_us` is when it ends by itself, if it does; `source` says where it stands."""

    authority: Authority
    level: Level
    since_us: int
    until_us: int | None = None
    why: str
    source: str

    @property
    def strictness(self) -> tuple[int, int]:
        """The strictest first, and of two equals the elder."""
        return (-get_args(Level).index(self.level), self.since_us)

    def is_in_force(self, at_us: int) -> bool:
        return self.until_us is None or at_us < self.until_us


def restriction_of(directive: Directive, *, since_us: int) -> Restriction:
    return Restriction(
        authority=directive.given_by,
        level=LEVELS[directive.kind],
        since_us=since_us,
        until_us=directive.expires_us,
        why=directive.reason,
        source=f"directive {directive.number} says {directive.kind}",
    )
