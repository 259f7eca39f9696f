"""The protection levels: they rise at once with a loss, and fall one by one when earned."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Literal

import msgspec
from msgspec.structs import replace

from nija_domain.market.money import ZERO

Level = Literal["NORMAL", "CAUTION", "WARNING", "DANGER", "HALT"]
LEVELS: tuple[Level, ...] = ("NORMAL", "CAUTION", "WARNING", "DANGER", "HALT")
NAMED = ("caution", "warning", "danger", "halt")


def level_named(name: str) -> Level:
    """The level of this name, which is one of LEVELS."""
    return next(level for level in LEVELS if level == name)


class ProtectionRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A level holds at or over its drawdown; `floor_share` is of the starting capital."""

    caution_drawdown: float = 0.05
    warning_drawdown: float = 0.10
    danger_drawdown: float = 0.15
    halt_drawdown: float = 0.20
    caution_multiplier: float = 0.75
    warning_multiplier: float = 0.50
    danger_multiplier: float = 0.25
    floor_share: float = 0.80
    wins_to_relax: int = 3
    regained_share: float = 0.5

    def __post_init__(self) -> None:
        drawdowns = [f"{name}_drawdown" for name in NAMED]
        multipliers = [f"{name}_multiplier" for name in NAMED[-2::-1]]
        for names, low, high in ((drawdowns, 0.0, 1.0), (multipliers, 0.0, 1.0)):
            before = low
            for name in names:
                value = getattr(self, name)
                if not before < value <= high:
                    raise ValueError(
                        f"{name} is {value}; it must lie above {before:g} and be at most {high:g},"
                        " each level beyond the one before"
                    )
                before = value
        if not 0.0 <= self.floor_share < 1.0:
            raise ValueError(f"floor_share is {self.floor_share}; it must lie in [0, 1)")
        if not 0.0 <= self.regained_share <= 1.0:
            raise ValueError(f"regained_share is {self.regained_share}; it must lie in [0, 1]")
        if self.wins_to_relax < 1:
            raise ValueError(f"wins_to_relax is {self.wins_to_relax}; it must be 1 or more")

    def multiplier(self, level: Level) -> float:
        if level in {"NORMAL", "HALT"}:
            return 1.0 if level == "NORMAL" else 0.0
        return float(getattr(self, f"{level.lower()}_multiplier"))


def tighter(rules: ProtectionRules, envelope: ProtectionRules) -> ProtectionRules:
    """The stricter of both in every number."""
    lower = [*(f"{name}_drawdown" for name in NAMED), *(f"{n}_multiplier" for n in NAMED[:-1])]
    higher = ("floor_share", "wins_to_relax", "regained_share")
    return ProtectionRules(
        **{name: min(getattr(rules, name), getattr(envelope, name)) for name in lower},
        **{name: max(getattr(rules, name), getattr(envelope, name)) for name in higher},
    )


class Protection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All amounts follow deposits and withdrawals in proportion, so that a flow is no loss.

    `trough` is the lowest since the peak. `halting_equity` is set by an approval: until equity
    falls to it, the drawdown that was approved of does not halt again.
    """

    level: Level = "NORMAL"
    equity: Decimal = ZERO
    peak: Decimal = ZERO
    trough: Decimal = ZERO
    floor_capital: Decimal = ZERO
    wins: int = 0
    halting_equity: Decimal | None = None

    @property
    def drawdown(self) -> Decimal:
        return (self.peak - self.equity) / self.peak if self.peak > 0 else ZERO


class LevelChange(msgspec.Struct, frozen=True):
    before: Level
    after: Level
    reason: str


def mark_equities(protection: Protection, equities: Sequence[Decimal]) -> Protection:
    """One mark after the other: a new high ends the drawdown and what was approved during it."""
    peak, trough, halting = protection.peak, protection.trough, protection.halting_equity
    for equity in equities:
        if equity >= peak:
            peak, trough, halting = equity, equity, None
        else:
            trough = min(trough, equity)
    return replace(
        protection, equity=equities[-1], peak=peak, trough=trough, halting_equity=halting
    )


def move_equity(protection: Protection, amount: Decimal) -> Protection:
    """A deposit or withdrawal scales every mark, so that drawdown and level stay.

    A deposit counts wholly as starting capital for the floor.
    """
    before, after = protection.equity, protection.equity + amount
    if before <= 0 or after <= 0:
        grown = max(after, ZERO)
        return replace(protection, equity=after, peak=grown, trough=grown, floor_capital=grown)
    scale = after / before
    floor = protection.floor_capital
    halting = protection.halting_equity
    return replace(
        protection,
        equity=after,
        peak=after if protection.peak == before else protection.peak * scale,
        trough=after if protection.trough == before else protection.trough * scale,
        floor_capital=floor + amount if amount > 0 else floor * scale,
        halting_equity=None if halting is None else halting * scale,
    )


def count_trade(protection: Protection, net: Decimal) -> Protection:
    return replace(protection, wins=protection.wins + 1 if net > 0 else 0)


def prescribed_level(protection: Protection, rules: ProtectionRules) -> Level:
    """The level for today's drawdown and floor, whatever it was before."""
    if protection.peak <= 0:
        return "NORMAL"
    drawdown, level = protection.drawdown, LEVELS[0]
    for candidate, name in zip(LEVELS[1:], NAMED, strict=True):
        if drawdown >= _exact(getattr(rules, f"{name}_drawdown")):
            level = candidate
    if protection.equity <= _exact(rules.floor_share) * protection.floor_capital:
        level = "HALT"
    halting = protection.halting_equity
    is_approved = halting is not None and protection.equity > halting
    return "DANGER" if level == "HALT" and is_approved else level


def find_change(protection: Protection, rules: ProtectionRules) -> LevelChange | None:
    """The change that is due: up to any level at once, down by one; never out of HALT."""
    prescribed, level = prescribed_level(protection, rules), protection.level
    if LEVELS.index(prescribed) > LEVELS.index(level):
        reason = f"drawdown {float(protection.drawdown):.2%}"
        if prescribed == "HALT" and protection.drawdown < _exact(rules.halt_drawdown):
            reason = f"equity {protection.equity:.2f} reached the protected floor"
        return LevelChange(level, prescribed, reason)
    is_relaxed = prescribed != level != "HALT" and protection.wins >= rules.wins_to_relax
    if not is_relaxed or not is_regained(protection, protection.equity, rules):
        return None
    lower = LEVELS[LEVELS.index(level) - 1]
    return LevelChange(level, lower, f"{protection.wins} wins, and half of the depth regained")


def is_regained(protection: Protection, equity: Decimal, rules: ProtectionRules) -> bool:
    """Whether this equity has climbed back far enough between trough and peak."""
    depth = protection.peak - protection.trough
    if depth <= 0 or equity >= protection.peak:
        return True
    return (equity - protection.trough) / depth >= _exact(rules.regained_share)


def with_level(protection: Protection, level: Level) -> Protection:
    """Wins count from the last change on; an approval ends with the level that it opened."""
    return replace(protection, level=level, wins=0, halting_equity=None)


def reopen(protection: Protection, rules: ProtectionRules) -> Protection:
    """DANGER after an approval: the trough starts anew, and one more step of loss halts again."""
    step = _exact(rules.halt_drawdown) - _exact(rules.danger_drawdown)
    equity = protection.equity
    return replace(
        with_level(protection, "DANGER"),
        trough=equity,
        halting_equity=equity - step * protection.peak,
    )


@cache
def _exact(rate: float) -> Decimal:
    """The rate as it is written, so that a bound is met at the bound."""
    return Decimal(repr(rate))
