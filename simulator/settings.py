"""The settings of a simulated venue."""

from decimal import Decimal
from pathlib import Path

import msgspec

from nija_domain.errors import SettingsInvalid
from nija_domain.market.timeframes import MINUTE_US, parse_timeframe_us
from nija_domain.trading.matching import FillModel
from nija_domain.universe.symbols import DEFAULT_SYMBOLS
from nija_domain.worlds.regime_switching import JANUARY_2024_US, WorldSettings

# These open nothing but a simulator on the same machine.
SIMULATOR_API_KEY = "simulator-key"
SIMULATOR_API_SECRET = "c2ltdWxhdG9yLXNlY3JldA=="  # noqa: S105

SPEED_MAX = 1_000_000
PORT_MAX = 65_535


class SimulatorSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The venue opens after `history_bars` of its market and closes `future_bars` later.

    `timeframe` is the length of the market's own bars; other candles, in whole minutes, are made
    from them. A strict venue refuses unknown fields of an order; Kraken may drop them. With a home
    the account survives the process. Faults are possible only with `has_faults`.
    """

    port: int = 0
    seed: int = 1
    speed: float = 600.0
    history_bars: int = 800
    future_bars: int = 5_000
    start_us: int = JANUARY_2024_US
    timeframe: str = "5m"
    regime_bars: tuple[int, int] = (60, 150)
    symbols: tuple[str, ...] = DEFAULT_SYMBOLS
    cash: Decimal = Decimal(10_000)
    taker_fee_rate: Decimal = Decimal("0.0026")
    fill_model: FillModel = FillModel()
    api_key: str = SIMULATOR_API_KEY
    api_secret: str = SIMULATOR_API_SECRET
    is_strict: bool = True
    has_faults: bool = False
    home: Path | None = None

    def __post_init__(self) -> None:
        rules = (
            ("timeframe", _is_in_minutes(self.timeframe), "whole minutes, such as 5m, 1h or 1d"),
            ("port", 0 <= self.port <= PORT_MAX, f"from 0 (any free one) to {PORT_MAX}"),
            ("seed", self.seed >= 0, "0 or more"),
            ("speed", 0 < self.speed <= SPEED_MAX, f"above 0 and at most {SPEED_MAX}"),
            ("history_bars", self.history_bars >= 1, "at least 1"),
            ("future_bars", self.future_bars >= 1, "at least 1"),
            ("symbols", _are_pairs(self.symbols), "different pairs against USD, such as BTC/USD"),
            ("cash", self.cash.is_finite() and self.cash >= 0, "0 or more"),
            ("taker_fee_rate", 0 <= self.taker_fee_rate < 1, "in [0, 1)"),
        )
        for name, holds, meaning in rules:
            if not holds:
                raise SettingsInvalid(
                    f"simulator setting {name} is {getattr(self, name)!r}; it must be {meaning}"
                )

    @property
    def lasting_flags(self) -> dict[str, str]:
        """What a home keeps: the flags without which its account would be another one."""
        costs = self.fill_model
        return {
            "--seed": str(self.seed),
            "--timeframe": self.timeframe,
            "--history-bars": str(self.history_bars),
            "--future-bars": str(self.future_bars),
            "--regime-bars": ",".join(map(str, self.regime_bars)),
            "--symbols": ",".join(self.symbols),
            "--cash": str(self.cash),
            "--taker-fee-rate": str(self.taker_fee_rate),
            "--spread-bps": str(costs.spread_bps),
            "--slippage-bps": str(costs.slippage_bps),
            "--participation-rate": str(costs.participation_rate),
        }

    @property
    def world(self) -> WorldSettings:
        return WorldSettings(
            bars=self.history_bars + self.future_bars,
            start_us=self.start_us,
            timeframe_us=parse_timeframe_us(self.timeframe),
            regime_bars=self.regime_bars,
        )


def _is_in_minutes(timeframe: str) -> bool:
    return parse_timeframe_us(timeframe) % MINUTE_US == 0


def _are_pairs(symbols: tuple[str, ...]) -> bool:
    bases = {symbol.removesuffix("/USD") for symbol in symbols}
    return (
        bool(symbols)
        and len(bases) == len(symbols)
        and all(symbol.endswith("/USD") for symbol in symbols)
        and all(base.isalnum() for base in bases)
    )
