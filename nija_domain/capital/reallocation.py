"""When the weights change: not for small differences, and never while the guardian pauses."""

from collections.abc import Mapping

import msgspec

from nija_domain.capital.governor import (
    AgentRecord,
    Allocation,
    GovernorRules,
    allocate,
    caps_of,
    scaled,
)
from nija_domain.market.timeframes import HOUR_US

MULTIPLIER_STEP = 0.1
RISE_WAIT_US = HOUR_US
SLACK = 1e-9
"""A move that prints as ten points is ten points."""


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """The allocation in force; `multiplier` is None if it is not known."""

    unscaled: dict[str, float]
    multiplier: float | None
    applied_us: int | None = None


class ReallocationOccasion(msgspec.Struct, frozen=True, kw_only=True):
    """The market and the guardian now; `at_us` is None if the time is not known."""

    market_probs: Mapping[str, float]
    is_paused: bool = False
    protection_multiplier: float = 1.0
    at_us: int | None = None


class Reallocation(msgspec.Struct, frozen=True, kw_only=True):
    """The allocation from now on, and why it changed or stayed."""

    allocation: Allocation
    is_moved: bool
    reason: str


def decide_reallocation(
    agents: Mapping[str, AgentRecord],
    *,
    previous: Applied | None,
    occasion: ReallocationOccasion,
    rules: GovernorRules,
) -> Reallocation:
    """Always decided, always with the scores of now."""
    wished = allocate(
        agents,
        market_probs=occasion.market_probs,
        rules=rules,
        protection_multiplier=occasion.protection_multiplier,
    )
    if previous is None and not occasion.is_paused:
        return Reallocation(allocation=wished, is_moved=True, reason="the first allocation")
    if previous is None:
        nothing = scaled(wished.scores, dict.fromkeys(agents, 0.0), multiplier=wished.multiplier)
        reason = "the guardian is paused and nothing was allocated before"
        return Reallocation(allocation=nothing, is_moved=False, reason=reason)
    standing = scaled(
        wished.scores,
        previous.unscaled,
        multiplier=wished.multiplier if previous.multiplier is None else previous.multiplier,
    )
    if occasion.is_paused:
        reason = "the guardian is paused; the weights stay as they are"
        return Reallocation(allocation=standing, is_moved=False, reason=reason)
    why = (
        _membership_change(agents, previous)
        or _cap_passed(agents, previous, rules)
        or _weight_move(wished, previous, rules)
        or _multiplier_move(wished, previous, occasion)
    )
    if why:
        return Reallocation(allocation=wished, is_moved=True, reason=why)
    reason = f"no weight would move by {rules.threshold:.0%}, and the market's multiplier holds"
    return Reallocation(allocation=standing, is_moved=False, reason=reason)


def _membership_change(agents: Mapping[str, AgentRecord], previous: Applied) -> str | None:
    joined = sorted(agents.keys() - previous.unscaled.keys())
    left = sorted(previous.unscaled.keys() - agents.keys())
    halted = sorted(
        name
        for name, record in agents.items()
        if record.is_suspended and previous.unscaled.get(name, 0.0) > 0.0
    )
    for names, verb in ((joined, "joins"), (left, "leaves"), (halted, "halts")):
        if names:
            return f"{', '.join(names)} {verb}"
    return None


def _cap_passed(
    agents: Mapping[str, AgentRecord], previous: Applied, rules: GovernorRules
) -> str | None:
    """A cap that came down applies at once."""
    for name, cap in sorted(caps_of(agents, rules).items()):
        if previous.unscaled[name] > cap.share + SLACK:
            return f"{name} is over its cap of {cap.share:.1%}"
    return None


def _weight_move(wished: Allocation, previous: Applied, rules: GovernorRules) -> str | None:
    moves = {
        name: weight - previous.unscaled.get(name, 0.0) for name, weight in wished.unscaled.items()
    }
    furthest = max(moves, key=lambda name: abs(moves[name]), default=None)
    if furthest is None or abs(moves[furthest]) < rules.threshold - SLACK:
        return None
    return f"{furthest} moves by {moves[furthest]:+.1%}"


def _multiplier_move(
    wished: Allocation, previous: Applied, occasion: ReallocationOccasion
) -> str | None:
    """A lower multiplier applies at once, a higher one only an hour after the last change."""
    if previous.multiplier is None:
        return None
    move = wished.multiplier - previous.multiplier
    if abs(move) < MULTIPLIER_STEP - SLACK:
        return None
    is_timed = occasion.at_us is not None and previous.applied_us is not None
    if move > 0.0 and is_timed:
        waited_us = (occasion.at_us or 0) - (previous.applied_us or 0)
        if 0 <= waited_us < RISE_WAIT_US:
            return None
    return (
        f"the market's multiplier moves from {previous.multiplier:.2f} to {wished.multiplier:.2f}"
    )
