"""What a simulated venue is started with."""

from decimal import Decimal

import msgspec

from nija_domain.errors import SettingsInvalid
from nija_domain.trading.matching import FillModel
from nija_domain.universe.symbols import DEFAULT_SYMBOLS
from nija_domain.worlds.regime_switching import JANUARY_2024_US, WorldSettings

# These open nothing but a simulator on the same machine.
SIMULATOR_API_KEY = "simulator-key"
SIMULATOR_API_SECRET = "c2ltdWxhdG9yLXNlY3JldA=="  # noqa: S105


class SimulatorSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The venue opens after `history_bars` of its world and closes `future_bars` later."""

    port: int = 0
    seed: int = 1
    speed: float = 600.0
    history_bars: int = 800
    future_bars: int = 5_000
    start_us: int = JANUARY_2024_US
    regime_bars: tuple[int, int] = (60, 150)
    symbols: tuple[str, ...] = DEFAULT_SYMBOLS
    cash: Decimal = Decimal(10_000)
    taker_fee_rate: Decimal = Decimal("0.0026")
    fill_model: FillModel = FillModel()
    api_key: str = SIMULATOR_API_KEY
    api_secret: str = SIMULATOR_API_SECRET

    def __post_init__(self) -> None:
        rules = (
            ("port", 0 <= self.port <= 65_535, "from 0 (any free one) to 65535"),  # noqa: PLR2004
            ("seed", self.seed >= 0, "0 or more"),
            ("speed", 0 < self.speed < float("inf"), "a positive number"),
            ("history_bars", self.history_bars >= 1, "at least 1"),
            ("future_bars", self.future_bars >= 1, "at least 1"),
            ("symbols", all(s.endswith("/USD") for s in self.symbols), "pairs against USD"),
            ("cash", self.cash >= 0, "0 or more"),
            ("taker_fee_rate", 0 <= self.taker_fee_rate < 1, "in [0, 1)"),
        )
        for name, holds, meaning in rules:
            if not holds:
                raise SettingsInvalid(
                    f"simulator setting {name} is {getattr(self, name)!r}; it must be {meaning}"
                )

    @property
    def world(self) -> WorldSettings:
        return WorldSettings(
            bars=self.history_bars + self.future_bars,
            start_us=self.start_us,
            regime_bars=self.regime_bars,
        )
