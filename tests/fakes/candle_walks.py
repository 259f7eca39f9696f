"""Histories of candles drawn from a seed."""

import numpy as np

from nija_domain.market.candles import CandleHistory

BAR_US = 300_000_000


def random_walk(
    *, bars: int, seed: int, symbol: str = "BTC/USD", volatility: float = 0.002
) -> CandleHistory:
    """Whole five-minute candles around a log price that walks."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, volatility, bars)))
    open_ = close * np.exp(rng.normal(0.0, volatility / 4.0, bars))
    return CandleHistory(
        symbol=symbol,
        ts_us=np.arange(bars, dtype=np.int64) * BAR_US,
        open=open_,
        high=np.maximum(open_, close) * np.exp(np.abs(rng.normal(0.0, volatility / 2.0, bars))),
        low=np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0.0, volatility / 2.0, bars))),
        close=close,
        volume=rng.gamma(2.0, 5.0, bars),
    )
