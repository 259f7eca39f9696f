"""Money between agents: weights in proportion to scores, inside exact bounds."""

from collections.abc import Mapping
from math import inf

import msgspec

from nija_domain.capital.correlation import correlation_divisors, half_kelly, relative_volatility

NEWCOMER_CAP, NEWCOMER_TRADES = 0.05, 10
PNL_RANGE, SHARPE_RANGE, DRAWDOWN_RANGE = (-0.05, 0.05), (-1.0, 3.0), (0.0, 0.25)
MARKET_MULTIPLIER = {"Calm": 1.0, "Trend": 0.9, "Chaos": 0.5}
COUNT_SLACK = 1e-9


class AgentRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an agent has done; rates are fractions of the capital that it held.

    `daily_pnl` ends today, a number for each day.
    """

    pnl_7d: float
    sharpe_30d: float
    winrate_30d: float
    max_dd_30d: float
    trades: int
    is_canary: bool = False
    is_suspended: bool = False
    daily_pnl: tuple[float, ...] = ()

    @property
    def is_newcomer(self) -> bool:
        return self.trades < NEWCOMER_TRADES


class GovernorRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bounds of a weight, how far one must want to move before any does, and how often."""

    interval_s: float = 300.0
    min_alloc: float = 0.05
    max_alloc: float = 0.40
    threshold: float = 0.10
    by_volatility: bool = False

    def __post_init__(self) -> None:
        if not 0.0 < self.min_alloc <= 1.0:
            raise ValueError(f"min_alloc is {self.min_alloc}; it must lie in (0, 1]")
        if not self.min_alloc <= self.max_alloc <= 1.0:
            raise ValueError(
                f"max_alloc is {self.max_alloc}; it must lie in [min_alloc, 1],"
                f" and min_alloc is {self.min_alloc}"
            )
        if not 0.0 < self.interval_s < inf:
            raise ValueError(f"interval_s is {self.interval_s}; it must be positive and finite")
        if not 0.0 <= self.threshold <= 1.0:
            raise ValueError(f"threshold is {self.threshold}; it must lie in [0, 1]")


class Cap(msgspec.Struct, frozen=True):
    """The most that an agent may have, and the bound that says so."""

    share: float
    bound: str


class Allocation(msgspec.Struct, frozen=True, kw_only=True):
    """`unscaled` are the bounded weights; `weights` are those times the market's multiplier."""

    scores: dict[str, float]
    unscaled: dict[str, float]
    multiplier: float
    weights: dict[str, float]
    cash: float


def allocate(
    agents: Mapping[str, AgentRecord],
    *,
    market_probs: Mapping[str, float],
    rules: GovernorRules | None = None,
    protection_multiplier: float = 1.0,
) -> Allocation:
    """Weights of all agents, and the cash that the caps or the market leave over."""
    rules = rules or GovernorRules()
    scores = score_agents(agents, by_volatility=rules.by_volatility)
    caps = {name: cap.share for name, cap in caps_of(agents, rules).items()}
    unscaled = fill_weights(scores, caps, minimum=rules.min_alloc)
    return scaled(
        scores, unscaled, multiplier=market_multiplier(market_probs) * protection_multiplier
    )


def scaled(
    scores: Mapping[str, float], unscaled: Mapping[str, float], *, multiplier: float
) -> Allocation:
    weights = {name: weight * multiplier for name, weight in unscaled.items()}
    return Allocation(
        scores={**scores},
        unscaled={**unscaled},
        multiplier=multiplier,
        weights=weights,
        cash=max(0.0, 1.0 - sum(weights.values())),
    )


def market_multiplier(market_probs: Mapping[str, float]) -> float:
    """The expectation over the market's states; one without a name counts as Chaos."""
    return sum(p * MARKET_MULTIPLIER.get(state, 0.5) for state, p in market_probs.items())


def score_agents(
    agents: Mapping[str, AgentRecord], *, by_volatility: bool = False
) -> dict[str, float]:
    """Equal where nobody has traded enough to tell; agents that move together share."""
    has_record = _has_record(agents)
    daily = {name: record.daily_pnl for name, record in agents.items()}
    divisors = correlation_divisors(daily)
    if by_volatility:
        spreads = relative_volatility(daily)
        divisors = {name: divisor * spreads[name] for name, divisor in divisors.items()}
    return {
        name: (score(record) if has_record else 1.0) / divisors[name]
        for name, record in agents.items()
    }


def score(record: AgentRecord) -> float:
    return (
        0.40 * _unit(record.pnl_7d, PNL_RANGE)
        + 0.30 * _unit(record.sharpe_30d, SHARPE_RANGE)
        + 0.20 * min(max(record.winrate_30d, 0.0), 1.0)
        + 0.10 * (1.0 - _unit(record.max_dd_30d, DRAWDOWN_RANGE))
    )


def caps_of(agents: Mapping[str, AgentRecord], rules: GovernorRules) -> dict[str, Cap]:
    """A newcomer is small beside one that has shown something.

    Where nobody has, there is nobody to be small beside, and all may have the maximum.
    """
    has_record = _has_record(agents)
    return {
        name: _cap(record, rules, is_beside_record=has_record) for name, record in agents.items()
    }


def _has_record(agents: Mapping[str, AgentRecord]) -> bool:
    return any(not record.is_newcomer for record in agents.values())


def _cap(record: AgentRecord, rules: GovernorRules, *, is_beside_record: bool) -> Cap:
    if record.is_suspended:
        return Cap(0.0, "suspension")
    bounds = [Cap(rules.max_alloc, "the maximum")]
    kelly = half_kelly(record.daily_pnl)
    if kelly is not None:
        bounds.append(Cap(kelly, "half-Kelly"))
    if record.is_newcomer and is_beside_record:
        bounds.append(Cap(NEWCOMER_CAP, "a newcomer's share"))
    if record.is_canary:
        bounds.append(Cap(NEWCOMER_CAP, "a canary's share"))
    return min(bounds, key=lambda bound: bound.share)


def fill_weights(
    scores: Mapping[str, float], caps: Mapping[str, float], *, minimum: float
) -> dict[str, float]:
    """w = clip(λ · score, minimum, cap) with λ such that Σ w = 1; all caps reached leaves cash.

    Clipping and then normalising would break the cap that it has just applied. A cap under the
    minimum is worth nothing, and where not all minima fit, the lowest scores get nothing.
    """
    able = [name for name in scores if caps[name] >= minimum]
    places = int(min(1.0 / minimum + COUNT_SLACK, len(able)))
    kept = sorted(able, key=lambda name: (-scores[name], name))[:places]
    weights = dict.fromkeys(scores, 0.0)
    weights |= _filled({name: scores[name] for name in kept}, caps, minimum)
    return weights


def _filled(
    scores: Mapping[str, float], caps: Mapping[str, float], minimum: float
) -> dict[str, float]:
    """Between two of its corners the sum is a line in λ: the corner after Σ = 1 tells which."""
    positive = [name for name in scores if scores[name] > 0.0]
    corners = sorted({bound / scores[name] for name in positive for bound in (minimum, caps[name])})
    low = 0.0
    for high in corners:
        if _total(scores, caps, minimum, high) >= 1.0:
            return _between(scores, caps, minimum, (low, high))
        low = high
    return _clipped(scores, caps, minimum, low)


def _between(
    scores: Mapping[str, float],
    caps: Mapping[str, float],
    minimum: float,
    stretch: tuple[float, float],
) -> dict[str, float]:
    low, high = (_total(scores, caps, minimum, end) for end in stretch)
    share = (1.0 - low) / (high - low) if high > low else 0.0
    return _clipped(
        scores, caps, minimum, stretch[0] + min(max(share, 0.0), 1.0) * (stretch[1] - stretch[0])
    )


def _total(
    scores: Mapping[str, float], caps: Mapping[str, float], minimum: float, scale: float
) -> float:
    return sum(_clipped(scores, caps, minimum, scale).values())


def _clipped(
    scores: Mapping[str, float], caps: Mapping[str, float], minimum: float, scale: float
) -> dict[str, float]:
    return {name: min(max(scale * scores[name], minimum), caps[name]) for name in scores}


def _unit(value: float, bounds: tuple[float, float]) -> float:
    low, high = bounds
    return min(max((value - low) / (high - low), 0.0), 1.0)
