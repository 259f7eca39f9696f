"""Money between agents: weights in proportion to scores, inside exact bounds."""

from collections.abc import Mapping

import msgspec

MIN_WEIGHT, MAX_WEIGHT, NEWCOMER_CAP = 0.05, 0.40, 0.05
NEWCOMER_TRADES = 10
PNL_RANGE, SHARPE_RANGE, DRAWDOWN_RANGE = (-0.05, 0.05), (-1.0, 3.0), (0.0, 0.25)
MARKET_MULTIPLIER = {"Calm": 1.0, "Trend": 0.9, "Chaos": 0.5}
BISECTIONS = 200


class AgentRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an agent has done; rates are fractions of the capital that it held."""

    pnl_7d: float
    sharpe_30d: float
    winrate_30d: float
    max_dd_30d: float
    trades: int
    is_canary: bool = False


class Allocation(msgspec.Struct, frozen=True, kw_only=True):
    """`unscaled` sums with its own cash to one; `weights` are those times the multiplier."""

    scores: dict[str, float]
    unscaled: dict[str, float]
    multiplier: float
    weights: dict[str, float]
    cash: float


def allocate(agents: Mapping[str, AgentRecord], *, market_probs: Mapping[str, float]) -> Allocation:
    """Weights of all agents, and the cash that the caps or the market leave over."""
    seasoned = any(record.trades >= NEWCOMER_TRADES for record in agents.values())
    scores = {name: score(record) if seasoned else 1.0 for name, record in agents.items()}
    caps = {name: cap(record, seasoned=seasoned) for name, record in agents.items()}
    unscaled = fill_weights(scores, caps)
    multiplier = sum(p * MARKET_MULTIPLIER.get(state, 0.5) for state, p in market_probs.items())
    weights = {name: weight * multiplier for name, weight in unscaled.items()}
    return Allocation(
        scores=scores,
        unscaled=unscaled,
        multiplier=multiplier,
        weights=weights,
        cash=1.0 - sum(weights.values()),
    )


def score(record: AgentRecord) -> float:
    return (
        0.40 * _unit(record.pnl_7d, PNL_RANGE)
        + 0.30 * _unit(record.sharpe_30d, SHARPE_RANGE)
        + 0.20 * record.winrate_30d
        + 0.10 * (1.0 - _unit(record.max_dd_30d, DRAWDOWN_RANGE))
    )


def cap(record: AgentRecord, *, seasoned: bool) -> float:
    """A newcomer beside seasoned agents stays small; where nobody is seasoned, nobody is new."""
    is_newcomer = seasoned and record.trades < NEWCOMER_TRADES
    return NEWCOMER_CAP if record.is_canary or is_newcomer else MAX_WEIGHT


def fill_weights(scores: Mapping[str, float], caps: Mapping[str, float]) -> dict[str, float]:
    """w = clip(λ · score, minimum, cap) with λ such that Σ w = 1; all caps reached leaves cash.

    Clipping and then normalising would break the cap that it has just applied.
    """
    kept = sorted(scores, key=lambda name: (-scores[name], name))[: int(1.0 / MIN_WEIGHT)]
    weights = dict.fromkeys(scores, 0.0)
    if not kept:
        return weights
    low, high = 0.0, 1.0 / min((scores[name] for name in kept if scores[name] > 0.0), default=1.0)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        total = sum(_clipped(middle * scores[name], caps[name]) for name in kept)
        low, high = (low, middle) if total > 1.0 else (middle, high)
    return weights | {name: _clipped(low * scores[name], caps[name]) for name in kept}


def _clipped(wish: float, cap_: float) -> float:
    return min(max(wish, MIN_WEIGHT), cap_)


def _unit(value: float, bounds: tuple[float, float]) -> float:
    low, high = bounds
    return min(max((value - low) / (high - low), 0.0), 1.0)
