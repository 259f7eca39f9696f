"""Marks on the way up: reaching one locks profit and grows the base size, once for ever."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from nija_domain.capital.compounding import in_cents
from nija_domain.market.money import ZERO

LADDER: tuple[Decimal, ...] = tuple(
    map(Decimal, (100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000))
)
LOCKED_SHARE = Decimal("0.10")
BONUS_STEP = 0.20
BONUS_MAX = 1.00


class Milestones(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`passed` counts rungs of the ladder, `rewarded` those reached by profit.

    `profit_mark` is the account's profit when the last of them was reached.
    """

    passed: int = 0
    rewarded: int = 0
    profit_mark: Decimal = ZERO

    @property
    def bonus(self) -> float:
        return bonus_of(self.rewarded)


class Reached(msgspec.Struct, frozen=True):
    """A rung, and the profit that is to be locked for it."""

    rung: Decimal
    locked: Decimal


class Progress(msgspec.Struct, frozen=True):
    """The stretch between two rungs, and the share of it that is behind; None: all are passed."""

    last: Decimal
    next: Decimal | None
    share: float


def bonus_of(rewarded: int, *, maximum: float = BONUS_MAX) -> float:
    return min(BONUS_STEP * rewarded, maximum)


def pass_by_funds(milestones: Milestones, equity: Decimal) -> Milestones:
    """Money that was brought passes its rungs without a reward."""
    return replace(milestones, passed=max(milestones.passed, _rungs_at(equity)))


def find_reached(
    milestones: Milestones, *, equity: Decimal, profit: Decimal
) -> tuple[Reached, ...]:
    """The rungs newly reached, in order; the profit since the last one counts for the first."""
    found, mark = [], milestones.profit_mark
    for rung in LADDER[milestones.passed : _rungs_at(equity)]:
        found.append(Reached(rung, in_cents(max(profit - mark, ZERO) * LOCKED_SHARE)))
        mark = max(profit, mark)
    return tuple(found)


def reach(milestones: Milestones, rung: Decimal, *, profit: Decimal) -> Milestones:
    return Milestones(
        passed=LADDER.index(rung) + 1, rewarded=milestones.rewarded + 1, profit_mark=profit
    )


def measure_progress(milestones: Milestones, equity: Decimal) -> Progress:
    last = LADDER[milestones.passed - 1] if milestones.passed else ZERO
    if milestones.passed == len(LADDER):
        return Progress(last, None, 1.0)
    upper = LADDER[milestones.passed]
    share = float((equity - last) / (upper - last))
    return Progress(last, upper, min(max(share, 0.0), 1.0))


def _rungs_at(equity: Decimal) -> int:
    return sum(rung <= equity for rung in LADDER)
