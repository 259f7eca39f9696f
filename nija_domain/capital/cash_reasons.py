"""Why money stays in cash, in words."""

from collections.abc import Iterable, Mapping, Sequence

from nija_domain.capital.governor import AgentRecord, Allocation, Cap, GovernorRules, caps_of

SLACK = 1e-9
"""Weights are sums of floats: so near to its cap one is at it."""


def why_cash(
    agents: Mapping[str, AgentRecord], made: Allocation, rules: GovernorRules
) -> str | None:
    """Which caps leave money in cash; None if caps leave none.

    A weight below its cap because nothing was changed yet does not count.
    """
    left = 1.0 - sum(made.unscaled.values())
    caps = caps_of(agents, rules)
    able = {name: cap for name, cap in caps.items() if cap.share >= rules.min_alloc}
    bound = [n for n in able if made.unscaled.get(n, 0.0) >= able[n].share - SLACK]
    idle = [n for n in able if n not in bound and made.scores[n] == 0.0]
    if not agents or left <= SLACK or len(bound) + len(idle) < len(able):
        return None
    reasons = [
        "this is the rule: no agent passes its cap, and what is left over stays in cash",
        *_at_caps({name: able[name] for name in bound}),
        *(f"{name} has the minimum, as its score is 0" for name in idle),
        *_without(caps, able),
        f"the caps leave {left:.1%} in cash" + _market_share(made, left),
    ]
    if len(bound) > 1:
        reasons.append("since all are at their caps, a higher score gives none of them more")
    return "; ".join(reasons)


def _at_caps(caps: Mapping[str, Cap]) -> Iterable[str]:
    """Those with the same bound are told together."""
    for bound in sorted({(cap.bound, cap.share) for cap in caps.values()}):
        names = [name for name, cap in caps.items() if (cap.bound, cap.share) == bound]
        verb = "stands" if len(names) == 1 else "stand"
        yield f"{_listed(names)} {verb} at {bound[0]} of {bound[1]:.1%}"


def _without(caps: Mapping[str, Cap], able: Mapping[str, Cap]) -> Iterable[str]:
    for name in (name for name in caps if name not in able):
        cap = caps[name]
        if cap.bound == "suspension":
            yield f"{name} is suspended and has nothing"
        else:
            yield f"{name} has nothing, as {cap.bound} of {cap.share:.1%} is under the minimum"


def _market_share(made: Allocation, left: float) -> str:
    taken = made.cash - left
    if taken <= SLACK:
        return ""
    return f", and the multiplier of {made.multiplier:.2f} a further {taken:.1%}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
