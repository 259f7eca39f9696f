"""One symbol's numbers for the scanner, over the newest stretch of its history."""

import numpy as np

from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import CandleHistory
from nija_domain.universe.scanner import SymbolMetrics


def measure_symbol(
    history: CandleHistory, table: FeatureTable, *, window_bars: int, age_bars: float
) -> SymbolMetrics:
    """A history shorter than the window is measured over what there is."""
    recent = history.between(max(0, len(history) - window_bars), len(history))
    newest = dict(zip(table.names, (float(value) for value in table.values[-1]), strict=True))
    return SymbolMetrics(
        symbol=history.symbol,
        window_return=float(recent.close[-1] / recent.open[0] - 1.0),
        trend=newest["trend_strength"],
        volatility=newest["ewma_volatility"],
        atr_fraction=newest["atr_fraction"],
        quote_volume=float(np.mean(recent.close * recent.volume)),
        age_bars=age_bars,
    )
