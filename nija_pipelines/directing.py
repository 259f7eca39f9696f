"""Directives as the assets draft them: numbered when issued, alive for a day of venue time."""

from typing import Literal

from nija_domain.market.timeframes import HOUR_US
from nija_domain.releases.directive import Directive

LIFE_US = 24 * HOUR_US


def draft_directive(
    kind: Literal["universe", "allocations", "symbol_weights"],
    *,
    at_us: int,
    reason: str,
    symbols: tuple[str, ...] = (),
    weights: dict[str, float] | None = None,
) -> Directive:
    return Directive(
        kind=kind,
        number=1,
        issued_us=at_us,
        expires_us=at_us + LIFE_US,
        reason=reason,
        symbols=symbols,
        weights=weights or {},
    )
