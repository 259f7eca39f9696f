"""What a seed came to."""

from typing import Any

import msgspec

from storm.exposure import Stretch

UNPROTECTED_S_MAX = 10.0
"""What the executor bought may be without a stop for so long, measured at the venue."""

COUNTED = (
    "duplicate_orders",
    "oversold",
    "limit_breaches",
    "lost_fills",
    "unexplained_balances",
    "unknown_after_recovery",
    "foreign_touched",
    "failures",
)
"""Each names what went wrong, and is empty where nothing did."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`hits` are faults that struck, `branches` ways back that were taken, `lives` processes."""

    seed: int
    faults: int
    duplicate_orders: list[str]
    oversold: list[str]
    limit_breaches: list[str]
    lost_fills: list[str]
    unexplained_balances: list[str]
    unknown_after_recovery: list[str]
    foreign_touched: list[str]
    failures: list[str]
    stretches: list[Stretch]
    hits: dict[str, int]
    branches: dict[str, int]
    lives: int
    orders: int
    journal_hash: str

    @property
    def wrong(self) -> dict[str, list[str]]:
        """All that should not have happened, by its name."""
        found: dict[str, list[str]] = {name: self._named(name) for name in COUNTED}
        found["unprotected"] = [
            f"{each.symbol} from second {each.begin_s:.1f}, for {each.bare_s:.1f} s"
            for each in self.stretches
            if each.bare_s > UNPROTECTED_S_MAX
        ]
        return {name: each for name, each in found.items() if each}

    @property
    def unprotected_s_max(self) -> float:
        return max((each.bare_s for each in self.stretches), default=0.0)

    @property
    def unprotected_s_sum(self) -> float:
        return sum(each.bare_s for each in self.stretches)

    def _named(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self, name)
