"""What to trade now: symbols ranked by how much they rise, trend and swing."""

from collections.abc import Collection, Mapping, Sequence
from math import isfinite

import msgspec


class SymbolMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol over the scanned window; `quote_volume` is money per bar.

    `age_bars` is how far its newest candle is behind the market's: halted or delisted.
    """

    symbol: str
    window_return: float
    trend: float
    volatility: float
    atr_fraction: float
    quote_volume: float
    age_bars: float


class ScanRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a symbol must show to be ranked, and how many are kept.

    A member counts as `stay_ranks` better than it is, so that a close race changes nothing.
    """

    top_n: int = 5
    stay_ranks: int = 2
    age_bars_max: int = 3
    quote_volume_min: float = 0.0
    atr_fraction_min: float = 0.0


class RankedSymbol(msgspec.Struct, frozen=True):
    symbol: str
    score: float


class Scan(msgspec.Struct, frozen=True):
    """The kept symbols, best first, and why each other one is dropped."""

    kept: tuple[RankedSymbol, ...]
    dropped: dict[str, str]


def scan_universe(
    metrics: Sequence[SymbolMetrics], *, rules: ScanRules, members: Collection[str] = ()
) -> Scan:
    """Score = rank of return × rank of trend × rank of volatility; `members` were kept last.

    Ranks lie in (0, 1], so that two falling symbols never make a rising one.
    """
    dropped = {m.symbol: reason for m in metrics if (reason := _find_obstacle(m, rules))}
    ranked = [m for m in metrics if m.symbol not in dropped]
    ranks = [
        _ranks({m.symbol: getattr(m, name) for m in ranked})
        for name in ("window_return", "trend", "volatility")
    ]
    scores = {
        m.symbol: ranks[0][m.symbol] * ranks[1][m.symbol] * ranks[2][m.symbol] for m in ranked
    }
    order = sorted(scores, key=lambda symbol: (-scores[symbol], symbol))
    kept = _keep(order, members, rules)
    dropped |= {symbol: "outranked" for symbol in order if symbol not in kept}
    return Scan(tuple(RankedSymbol(s, scores[s]) for s in order if s in kept), dropped)


def _keep(order: Sequence[str], members: Collection[str], rules: ScanRules) -> set[str]:
    """A newcomer replaces a member only if it is more than `stay_ranks` places better."""
    places = {
        symbol: (place - rules.stay_ranks, 0) if symbol in members else (place, 1)
        for place, symbol in enumerate(order)
    }
    return set(sorted(places, key=places.__getitem__)[: rules.top_n])


def _find_obstacle(metrics: SymbolMetrics, rules: ScanRules) -> str | None:
    numbers = {name: getattr(metrics, name) for name in SymbolMetrics.__struct_fields__[1:]}
    unknown = [name for name, value in numbers.items() if not isfinite(value)]
    if unknown:
        return f"{unknown[0]} is not known yet"
    if metrics.age_bars > rules.age_bars_max:
        return f"its newest candle is {metrics.age_bars:g} bars old: halted or delisted"
    if metrics.quote_volume < rules.quote_volume_min:
        return f"quote volume {metrics.quote_volume:.0f} is under {rules.quote_volume_min:.0f}"
    if metrics.atr_fraction < rules.atr_fraction_min:
        return f"ATR {metrics.atr_fraction:.4%} is under {rules.atr_fraction_min:.4%}"
    return None


def _ranks(values: Mapping[str, float]) -> dict[str, float]:
    """The share of symbols that are not above: 1 for the highest; equal values, equal ranks."""
    count = len(values)
    return {
        symbol: sum(other <= value for other in values.values()) / count
        for symbol, value in values.items()
    }
