"""A small market with everything that a decision over it needs, made without fitting."""

from collections.abc import Mapping
from decimal import Decimal

import msgspec
import numpy as np

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import SizingParameters
from nija_domain.evaluation.backtest import BacktestPlan
from nija_domain.features.stream import initial_states, step_features
from nija_domain.market.candles import CandleHistory
from nija_domain.market.instruments import Instrument
from nija_domain.market.timeframes import HOUR_US, MINUTE_US
from nija_domain.policies.head import PolicyHead
from nija_domain.policies.rewards import RewardModel
from nija_domain.regimes.filter import initial_filter, step_filter
from nija_domain.regimes.model import RegimeModel, feature_columns
from nija_domain.releases.content import LIVE_FEATURES, ReleaseContent, SymbolCut
from nija_domain.strategies.agents import agent_alone
from nija_domain.strategies.arms import Arms
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.rules.trend import RULE as TREND
from nija_domain.strategies.shelf import choose_preset
from nija_domain.trading.matching import FillModel
from nija_domain.worlds.profiles import profile_of
from nija_domain.worlds.regime_switching import WorldSettings, generate_world
from tests.fakes.regime_worlds import KNOWN_MODEL

SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD")
WARM_UP_BARS = 150
TIMEFRAME_US = 5 * MINUTE_US
STARTING_CASH = Decimal(10_000)
EAGER_HEAD = PolicyHead({"Bull": 1.0, "Chop": 1.0, "Bear": 0.5})
COMPETING = Arms(tuple(choose_preset("trend", preset) for preset in TREND.presets))
EAGER_REWARDS = RewardModel(
    holding_us=8 * HOUR_US,
    net_returns=dict.fromkeys(("Bull", "Chop", "Bear"), (0.0, 0.01, 0.01, 0.01)),
)
EAGER_SIZING = SizingParameters(base_fraction=0.2, rewards=EAGER_REWARDS)


def draw_candles(
    *, bars: int, seed: int, symbols: tuple[str, ...] = SYMBOLS, start_us: int | None = None
) -> dict[str, CandleHistory]:
    settings = WorldSettings(bars=bars, regime_bars=(15, 45))
    if start_us is not None:
        settings = msgspec.structs.replace(settings, start_us=start_us)
    return generate_world(symbols, settings=settings, rng=np.random.default_rng(seed)).candles


def instrument_of(symbol: str) -> Instrument:
    base, quote = symbol.split("/")
    return Instrument(
        symbol=symbol,
        base=base,
        quote=quote,
        tick_size=Decimal(1).scaleb(-profile_of(symbol).price_decimals),
        lot_size=Decimal("1e-8"),
        min_quantity=Decimal("1e-4"),
        min_notional=Decimal(5),
        taker_fee_rate=Decimal("0.0026"),
    )


def stream_cut(history: CandleHistory, model: RegimeModel = KNOWN_MODEL) -> SymbolCut:
    """The states after this history, one interpreted step after another."""
    states, values, filtered = initial_states(LIVE_FEATURES), (), initial_filter(model)
    columns = feature_columns(model, LIVE_FEATURES)
    for row in range(len(history)):
        states, values = step_features(states, history.bar(row), LIVE_FEATURES)
        filtered = step_filter(model, filtered, tuple(values[column] for column in columns))
    return SymbolCut(
        symbol=history.symbol,
        ts_us=int(history.ts_us[-1]),
        close=float(history.close[-1]),
        features=states,
        values=values,
        filtered=filtered,
    )


def content_after(
    histories: Mapping[str, CandleHistory],
    *,
    strategy: StrategyChoice | None = None,
    envelope: HardLimits | None = None,
    arms: Arms | None = None,
) -> ReleaseContent:
    """An eager release whose cut is the end of these histories."""
    return ReleaseContent(
        timeframe_us=TIMEFRAME_US,
        feature_names=LIVE_FEATURES,
        regimes=KNOWN_MODEL,
        policy=EAGER_HEAD,
        agents=agent_alone(strategy or choose_preset("trend", "aggressive"), arms),
        sizing=EAGER_SIZING,
        envelope=envelope or HardLimits(),
        cuts=tuple(stream_cut(history) for history in histories.values()),
    )


def plan_backtest(
    *,
    bars: int,
    seed: int,
    symbols: tuple[str, ...] = SYMBOLS,
    limits: HardLimits | None = None,
    fill_model: FillModel | None = None,
    arms: Arms | None = None,
) -> BacktestPlan:
    """A back-test over the bars that follow the warm-up."""
    whole = draw_candles(bars=WARM_UP_BARS + bars, seed=seed, symbols=symbols)
    warm = {symbol: history.cut(WARM_UP_BARS) for symbol, history in whole.items()}
    return BacktestPlan(
        content=content_after(warm, arms=arms),
        histories={s: h.between(WARM_UP_BARS, len(h)) for s, h in whole.items()},
        instruments={symbol: instrument_of(symbol) for symbol in symbols},
        limits=limits or HardLimits(),
        fill_model=fill_model or FillModel(),
        starting_cash=STARTING_CASH,
    )
