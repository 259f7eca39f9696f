"""Markets drawn from a seed: prices on ticks, volumes in lots, one-minute candles."""

import numpy as np

from nija_domain.market.candles import CandleHistory, FloatColumn
from nija_domain.market.timeframes import MINUTE_US, YEAR_US

KNOWN_US = 60 * YEAR_US
START_US = 54 * YEAR_US
BAR_US = MINUTE_US
BAR_VOLATILITY = 6e-4
PRICE_DIGITS = 5


def draw_markets(
    rng: np.random.Generator, *, symbols: int, bars: int, first: int = 0
) -> list[CandleHistory]:
    """Symbols in the order of their names, from fractions of a cent to tens of thousands."""
    return [_draw(rng, f"S{first + number:03d}/USD", bars) for number in range(symbols)]


def _draw(rng: np.random.Generator, symbol: str, bars: int) -> CandleHistory:
    magnitude = float(rng.uniform(-1.0, 4.8))
    decimals = max(0, PRICE_DIGITS - int(np.ceil(magnitude)))
    close = 10.0**magnitude * np.exp(np.cumsum(rng.normal(0.0, BAR_VOLATILITY, bars)))
    open_ = close * np.exp(rng.normal(0.0, BAR_VOLATILITY / 3.0, bars))
    above, below = np.abs(rng.normal(0.0, BAR_VOLATILITY / 2.0, (2, bars)))
    lots = 10.0 ** rng.choice([4, 8])
    return CandleHistory(
        symbol=symbol,
        ts_us=START_US + np.arange(bars, dtype=np.int64) * BAR_US,
        open=_on_grid(open_, decimals),
        high=_on_grid(np.maximum(open_, close) * np.exp(above), decimals),
        low=_on_grid(np.minimum(open_, close) * np.exp(-below), decimals),
        close=_on_grid(close, decimals),
        volume=np.rint(rng.gamma(2.0, 5.0, bars) * lots) / lots,
    )


def _on_grid(prices: FloatColumn, decimals: int) -> FloatColumn:
    scale = 10.0**decimals
    return np.maximum(np.rint(prices * scale), 1.0) / scale
