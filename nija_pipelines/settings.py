"""What a person may set for the pipelines; the defaults stand here and nowhere else."""

import re
from collections.abc import Mapping
from decimal import Decimal
from math import inf
from typing import ClassVar

import msgspec

from nija_domain.allocation.symbol_risk import RiskRules
from nija_domain.capital.sizing import PresetName
from nija_domain.market.timeframes import parse_timeframe_us
from nija_domain.market.venues import SIMULATED
from nija_domain.regimes.fitting.plan import DriftRules, FitPlan
from nija_domain.strategies.rules.trend import RULE as TREND
from nija_domain.universe.symbols import DEFAULT_SYMBOLS

POSITIVE = (
    *("history_bars", "regime_restarts", "regime_iterations", "venue_timeout_ms"),
    *("requests_per_second_max", "backtest_cash", "drift_bars", "retrain_trades", "scan_bars"),
    *("risk_bars", "risk_half_life_bars", "target_volatility", "symbol_scanner_top_n"),
    *("symbol_scanner_interval_sec", "snapshot_days_kept"),
)
SHARES = {
    "candles_absent_share_max": 1.0,
    "symbol_scanner_quote_volume_min": inf,
    "symbol_scanner_atr_fraction_min": 1.0,
}
BOUNDED = {"first_component_max": 1.0, "drift_limit_nats": inf, "seed": 2**31}
CHANNEL = re.compile(r"[a-z][a-z0-9_-]{0,31}")
PAIR = re.compile(r"[^/\s]+/[^/\s]+")


def governor_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """CAPITAL_GOVERNOR_INTERVAL is in seconds, as the field `interval_s` says."""
    interval = "CAPITAL_GOVERNOR_INTERVAL"
    return {f"{interval}_S" if name == interval else name: value for name, value in environ.items()}


class PipelineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Candles come from the `exchange`, by its name in ccxt; from `venue_url` where it is empty.

    `page_url` is the gateway's page, where Dagster's finds pictures; without it they are carried
    inside. An empty `tracking_uri` means the MLflow store of the home, written without a server.
    An empty `symbol_scanner_universe` means all `symbols`; the three lists of symbols are used in
    their order where the scanner is off or keeps none.
    """

    own_variables: ClassVar[tuple[str, ...]] = (
        "SYMBOL_SCANNER_ENABLED",
        "SYMBOL_SCANNER_TOP_N",
        "SYMBOL_SCANNER_INTERVAL_SEC",
        "SYMBOL_SCANNER_UNIVERSE",
        "TREND_SYMBOLS",
        "STRATEGY_SYMBOLS",
        "TRADE_SYMBOLS",
    )
    exchange: str = ""
    venue_url: str = "http://127.0.0.1:8801"
    venue_timeout_ms: int = 10_000
    requests_per_second_max: float = 50.0
    symbols: tuple[str, ...] = DEFAULT_SYMBOLS
    timeframe: str = "5m"
    history_bars: int = 720
    candles_absent_share_max: float = 0.10
    regime_restarts: int = 3
    regime_iterations: int = 50
    seed: int = 7
    strategy_preset: str = "aggressive"
    capital_preset: PresetName = "moderate"
    trend_auto_tune_enabled: bool = True
    backtest_cash: Decimal = Decimal(10_000)
    registered_model: str = "nija"
    tracking_uri: str = ""
    page_url: str = ""
    channel: str = "champion"
    drift_bars: int = 96
    drift_limit_nats: float = 1.0
    retrain_trades: int = 10
    scan_bars: int = 48
    risk_bars: int = 720
    risk_half_life_bars: float | None = None
    target_volatility: float = 0.30
    first_component_max: float = 0.70
    symbol_scanner_enabled: bool = True
    symbol_scanner_top_n: int = 5
    symbol_scanner_interval_sec: int = 300
    symbol_scanner_universe: tuple[str, ...] = ()
    symbol_scanner_quote_volume_min: float = 1.0
    symbol_scanner_atr_fraction_min: float = 0.0001
    trend_symbols: tuple[str, ...] = ()
    strategy_symbols: tuple[str, ...] = ()
    trade_symbols: tuple[str, ...] = ()
    snapshot_days_kept: int = 7

    def __post_init__(self) -> None:
        parse_timeframe_us(self.timeframe)
        for name in POSITIVE:
            value = getattr(self, name)
            if value is not None and not 0 < float(value) < inf:
                raise ValueError(f"{name} is {value}; it must be positive and finite")
        for name, limit in SHARES.items():
            if not 0.0 <= getattr(self, name) < limit:
                raise ValueError(f"{name} is {getattr(self, name)}; it must lie in [0, {limit:g})")
        for name, limit in BOUNDED.items():
            if not 0.0 <= getattr(self, name) <= limit:
                raise ValueError(f"{name} is {getattr(self, name)}; it must lie in [0, {limit}]")
        self._check_names()

    def _check_names(self) -> None:
        if self.strategy_preset not in TREND.presets:
            raise ValueError(
                f"strategy_preset is {self.strategy_preset!r}; allowed: {', '.join(TREND.presets)}"
            )
        if not CHANNEL.fullmatch(self.channel):
            raise ValueError(
                f"channel is {self.channel!r}; use up to 32 of a-z, 0-9, '_' and '-',"
                " a letter first"
            )
        if not self.registered_model:
            raise ValueError("registered_model is empty; give a name, such as nija")
        for symbol in self.symbols:
            if not PAIR.fullmatch(symbol) or self.symbols.count(symbol) > 1:
                raise ValueError(f"symbols has {symbol!r}; list pairs such as BTC/USD, each once")
        if not self.symbols:
            raise ValueError("symbols is empty; list at least one, such as BTC/USD")
        unknown = set(self.symbol_scanner_universe) - set(self.symbols)
        if unknown:
            raise ValueError(
                f"symbol_scanner_universe has {', '.join(sorted(unknown))}, but only candles of"
                " symbols are fetched; add them to symbols"
            )

    def fit_plan(self) -> FitPlan:
        return FitPlan(
            restarts=self.regime_restarts, iterations=self.regime_iterations, seed=self.seed
        )

    def drift_rules(self) -> DriftRules:
        return DriftRules(bars=self.drift_bars, limit_nats=self.drift_limit_nats)

    def risk_rules(self) -> RiskRules:
        return RiskRules(
            window_bars=self.risk_bars,
            half_life_bars=self.risk_half_life_bars,
            target_volatility=self.target_volatility,
            first_component_max=self.first_component_max,
        )

    @property
    def venue(self) -> str:
        """Whose candles are kept and trained on: no other venue's series is read."""
        return self.exchange or SIMULATED

    @property
    def candle_source(self) -> str:
        """Where these candles are asked for."""
        return self.exchange or self.venue_url

    @property
    def timeframe_us(self) -> int:
        return parse_timeframe_us(self.timeframe)
