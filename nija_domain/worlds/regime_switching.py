"""Correlated, fat-tailed candles that switch between known Bull, Bear and Chop regimes.

A longer world extends a shorter one of the same seed: every stream of chance has a generator of
its own and is drawn bar by bar, so the first bars do not know how many will follow.
"""

import math

import msgspec
import numpy as np
import numpy.typing as npt

from nija_domain.errors import SettingsInvalid
from nija_domain.market.candles import CandleHistory, FloatColumn, TimeColumn
from nija_domain.market.timeframes import MINUTE_US
from nija_domain.worlds.profiles import AssetProfile, profile_of

RegimeColumn = npt.NDArray[np.int8]

BULL, BEAR, CHOP = 0, 1, 2
JANUARY_2024_US = 1_704_067_200_000_000

_GAP_SHARE = 0.02
_WICK_SHARE = 0.5
_VOLUME_SPREAD = 0.35
_VOLUME_DECIMALS = 4  # fewer than a venue prints, so that a float survives its text
_FINITE_VARIANCE_DEGREES = 2.0


class WorldSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Drift and volatility are per bar, in the order Bull, Bear, Chop.

    A regime lasts from the first to the second number of `regime_bars`, every length as likely.
    """

    bars: int = 20_000
    timeframe_us: int = 5 * MINUTE_US
    start_us: int = JANUARY_2024_US
    correlation: float = 0.35
    tail_degrees: float = 5.0
    drift: tuple[float, float, float] = (0.0008, -0.0008, 0.0)
    volatility: tuple[float, float, float] = (0.0012, 0.0020, 0.0007)
    regime_bars: tuple[int, int] = (60, 150)

    def __post_init__(self) -> None:
        shortest, longest = self.regime_bars
        rules = (
            ("bars", self.bars >= 1, "at least 1"),
            ("timeframe_us", self.timeframe_us >= 1, "positive"),
            ("start_us", self.start_us % self.timeframe_us == 0, "a multiple of timeframe_us"),
            ("correlation", 0.0 <= self.correlation < 1.0, "in [0, 1)"),
            ("tail_degrees", _FINITE_VARIANCE_DEGREES < self.tail_degrees < math.inf, "above 2"),
            ("drift", all(map(math.isfinite, self.drift)), "three finite numbers"),
            ("volatility", all(0 < v < 1 for v in self.volatility), "three numbers in (0, 1)"),
            ("regime_bars", 1 <= shortest <= longest, "a range of positive lengths"),
        )
        for name, holds, meaning in rules:
            if not holds:
                raise SettingsInvalid(
                    f"world setting {name} is {getattr(self, name)!r}; it must be {meaning}"
                )


class World(msgspec.Struct, frozen=True):
    """Candles by symbol, and the regime that truly made each of their bars."""

    candles: dict[str, CandleHistory]
    true_regimes: dict[str, RegimeColumn]


def generate_world(
    symbols: tuple[str, ...], *, settings: WorldSettings, rng: np.random.Generator
) -> World:
    """The world of this seed; prices and volumes lie on the steps that a venue would print."""
    market_rng, *symbol_rngs = rng.spawn(1 + len(symbols))
    market = _unit_noise(market_rng, settings=settings)
    candles: dict[str, CandleHistory] = {}
    true_regimes: dict[str, RegimeColumn] = {}
    for symbol, symbol_rng in zip(symbols, symbol_rngs, strict=True):
        regime_rng, bar_rng = symbol_rng.spawn(2)
        regimes = _draw_regimes(settings, rng=regime_rng)
        true_regimes[symbol] = regimes
        candles[symbol] = _draw_candles(
            symbol, regimes=regimes, market=market, settings=settings, rng=bar_rng
        )
    return World(candles, true_regimes)


def _unit_noise(rng: np.random.Generator, *, settings: WorldSettings) -> FloatColumn:
    """Student-t draws of variance one."""
    degrees = settings.tail_degrees
    scale = math.sqrt((degrees - 2.0) / degrees)
    return scale * rng.standard_t(degrees, size=settings.bars)


def _draw_regimes(settings: WorldSettings, *, rng: np.random.Generator) -> RegimeColumn:
    """Spells one after another, each of another regime than the one before."""
    shortest, longest = settings.regime_bars
    regimes = np.empty(settings.bars, dtype=np.int8)
    regime = int(rng.integers(3))
    row = 0
    while row < settings.bars:
        length = int(rng.integers(shortest, longest + 1))
        regimes[row : row + length] = regime
        row += length
        regime = (regime + 1 + int(rng.integers(2))) % 3
    return regimes


def _draw_candles(
    symbol: str,
    *,
    regimes: RegimeColumn,
    market: FloatColumn,
    settings: WorldSettings,
    rng: np.random.Generator,
) -> CandleHistory:
    profile = profile_of(symbol)
    noise_rng, gap_rng, high_rng, low_rng, volume_rng = rng.spawn(5)
    own = _unit_noise(noise_rng, settings=settings)
    shared = settings.correlation
    shock = math.sqrt(shared) * market + math.sqrt(1.0 - shared) * own
    sigma = profile.volatility_scale * np.array(settings.volatility)[regimes]
    change = profile.volatility_scale * np.array(settings.drift)[regimes] + sigma * shock
    gap = _GAP_SHARE * sigma * gap_rng.standard_normal(settings.bars)
    log_close = math.log(profile.start_price) + np.cumsum(change + gap)
    log_open = log_close - change
    up = _WICK_SHARE * sigma * np.abs(high_rng.standard_normal(settings.bars))
    down = _WICK_SHARE * sigma * np.abs(low_rng.standard_normal(settings.bars))
    activity = 0.5 * sigma / np.mean(settings.volatility) + 0.5 * np.abs(shock)
    spread = np.exp(_VOLUME_SPREAD * volume_rng.standard_normal(settings.bars))
    return CandleHistory(
        symbol=symbol,
        ts_us=_open_times_us(settings),
        open=_prices(log_open, profile=profile),
        high=_prices(np.maximum(log_open, log_close) + up, profile=profile),
        low=_prices(np.minimum(log_open, log_close) - down, profile=profile),
        close=_prices(log_close, profile=profile),
        volume=_volumes(profile.bar_volume * activity * spread),
    )


def _open_times_us(settings: WorldSettings) -> TimeColumn:
    rows = np.arange(settings.bars, dtype=np.int64)
    return settings.start_us + rows * settings.timeframe_us


def _prices(log_prices: FloatColumn, *, profile: AssetProfile) -> FloatColumn:
    """Rounding keeps order, so low ≤ open, close ≤ high survives it."""
    tick = 10.0**-profile.price_decimals
    return np.maximum(np.round(np.exp(log_prices), profile.price_decimals), tick)


def _volumes(volumes: FloatColumn) -> FloatColumn:
    return np.maximum(np.round(volumes, _VOLUME_DECIMALS), 10.0**-_VOLUME_DECIMALS)
