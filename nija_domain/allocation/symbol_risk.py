"""How much risk each symbol may add, from the bars that all of them share."""

from collections.abc import Iterable

import msgspec
import numpy as np

from nija_domain.allocation.covariance import align_returns, ewma_covariance, ledoit_wolf
from nija_domain.allocation.risk_parity import (
    PrincipalRisk,
    SymbolAllocation,
    allocate_symbols,
)
from nija_domain.errors import HistoryTooShort
from nija_domain.market.candles import CandleHistory
from nija_domain.market.timeframes import YEAR_US


class RiskRules(msgspec.Struct, frozen=True, kw_only=True):
    """`half_life_bars` takes the decaying covariance; without one Ledoit and Wolf's."""

    window_bars: int = 720
    half_life_bars: float | None = None
    target_volatility: float = 0.30
    first_component_max: float = 0.70


class SymbolRisk(msgspec.Struct, frozen=True):
    allocation: SymbolAllocation
    principal: PrincipalRisk


def weigh_symbols(
    histories: Iterable[CandleHistory], *, timeframe_us: int, rules: RiskRules
) -> SymbolRisk:
    """Equal-risk weights over the newest common bars; a symbol with too few gets nothing."""
    closes = {
        h.symbol: dict(zip(h.ts_us.tolist(), h.close.tolist(), strict=True)) for h in histories
    }
    times = sorted(set().union(*closes.values()))[-rules.window_bars - 1 :]
    symbols = tuple(sorted(closes))
    if len(times) < 3 or not symbols:  # noqa: PLR2004 - two returns
        raise HistoryTooShort(f"histories share {len(times)} bars; weights need three of them")
    table = np.array([[closes[s].get(ts, np.nan) for s in symbols] for ts in times])
    aligned = align_returns(symbols, np.diff(np.log(table), axis=0))
    covariance = (
        ledoit_wolf(aligned.returns).covariance
        if rules.half_life_bars is None
        else ewma_covariance(aligned.returns, half_life_bars=rules.half_life_bars)
    ) * (YEAR_US / timeframe_us)
    allocation, principal = allocate_symbols(
        aligned.symbols,
        covariance,
        target_volatility=rules.target_volatility,
        first_component_max=rules.first_component_max,
    )
    return SymbolRisk(allocation, principal)
