"""Hard limits: which halts start, and which end by themselves."""

from collections.abc import Set as AbstractSet
from decimal import Decimal

import msgspec

from nija_domain.capital.limits import HardLimits, find_halts
from nija_domain.events.capital_records import ApprovalDecided
from nija_domain.events.halt_records import HaltLifted, HaltTripped

DAILY = "daily_loss_halt"
ROLLBACK = "daily_rollback"
DRAWDOWN = "max_drawdown_halt"
LIFTABLE = (DRAWDOWN, ROLLBACK)
"""What a person may lift; a daily loss ends with its day alone."""


class EquityMarks(msgspec.Struct, frozen=True, kw_only=True):
    """The equity now, at its peak, and at the start of the day."""

    equity: Decimal
    peak: Decimal
    day_start: Decimal


def tripped_halts(
    limits: HardLimits, marks: EquityMarks, *, known: AbstractSet[str], at_us: int
) -> tuple[HaltTripped, ...]:
    """The limits that are passed now and were not before."""
    passed = find_halts(
        limits,
        equity=float(marks.equity),
        peak_equity=float(marks.peak),
        day_start_equity=float(marks.day_start),
    )
    return tuple(
        HaltTripped(at_us=at_us, limit=name, value=value, bound=getattr(limits, name))
        for name, value in sorted(passed.items())
        if name not in known
    )


def lifted_halts(
    known: AbstractSet[str], *, is_new_day: bool, at_us: int
) -> tuple[HaltLifted, ...]:
    """A daily loss ends with its day; the others do not end by themselves."""
    return (HaltLifted(at_us=at_us, limit=DAILY),) if DAILY in known and is_new_day else ()


def halts_ended_by_release(known: AbstractSet[str], *, at_us: int) -> tuple[HaltLifted, ...]:
    """A release that lost so much in a day is not traded any more; another one may be."""
    return (HaltLifted(at_us=at_us, limit=ROLLBACK),) if ROLLBACK in known else ()


def halts_lifted_by_person(
    known: AbstractSet[str], approved: ApprovalDecided, *, equity: Decimal
) -> tuple[HaltLifted, ...]:
    """A drawdown counts anew from the equity at the lift, or the next bar would halt again."""
    limit = approved.subject
    if not approved.is_granted or limit not in LIFTABLE or limit not in known:
        return ()
    peak = equity if limit == DRAWDOWN else None
    return (HaltLifted(at_us=approved.at_us, limit=limit, peak_equity=peak),)
