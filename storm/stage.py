"""What a storm plays on: a market, a venue that lists it, and releases that trade it eagerly."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache

import numpy as np

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import SizingParameters
from nija_domain.market.candles import CandleHistory
from nija_domain.market.timeframes import HOUR_US, MINUTE_US
from nija_domain.policies.head import PolicyHead
from nija_domain.policies.rewards import RewardModel
from nija_domain.regimes.model import RegimeModel
from nija_domain.releases.content import ReleaseContent
from nija_domain.releases.history.cuts import content_at
from nija_domain.releases.recipe import Recipe
from nija_domain.strategies.agents import Agent
from nija_domain.trading.matching import FillModel
from nija_domain.worlds.regime_switching import WorldSettings, generate_world
from simulator.engine import Engine
from simulator.listings import listing_of
from simulator.tape import Tape

SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD")
TIMEFRAME_US = MINUTE_US
WARM_UP_BARS = 150
BARS_MAX = 100
MARKETS = 16
"""So many markets there are; a seed plays on one of them."""

CASH = Decimal(20_000)
TAKER_FEE_RATE = Decimal("0.0026")

REGIMES = RegimeModel(
    feature_names=("log_return", "ewma_volatility", "trend_strength"),
    center=(0.0, 0.002, 0.0),
    scale=(0.002, 0.001, 0.6),
    outlier_limit=3.0,
    state_names=("Bull", "Bear", "Chop"),
    start_probs=(0.3, 0.3, 0.4),
    transition=((0.9, 0.05, 0.05), (0.05, 0.9, 0.05), (0.05, 0.05, 0.9)),
    means=((0.6, -0.3, 1.0), (-0.6, 0.8, -1.0), (0.0, -0.5, 0.0)),
    variances=((0.8, 0.3, 0.3), (1.5, 0.6, 0.3), (0.4, 0.2, 0.2)),
    log_likelihood_per_bar=-3.0,
    bars_fitted=1,
    converged=True,
)
"""Written down, not fitted: a storm asks what happens to orders, not who is right."""

_POLICY = PolicyHead({"Bull": 1.0, "Chop": 1.0, "Bear": 0.5})
_SIZING = SizingParameters(
    base_fraction=0.2,
    rewards=RewardModel(
        holding_us=8 * HOUR_US,
        net_returns=dict.fromkeys(("Bull", "Chop", "Bear"), (0.0, 0.01, 0.01, 0.01)),
    ),
)


@cache
def market_of(number: int) -> dict[str, CandleHistory]:
    """Restless bars of a minute: stops are reached, and orders are large beside the volume."""
    settings = WorldSettings(
        bars=WARM_UP_BARS + BARS_MAX,
        timeframe_us=TIMEFRAME_US,
        volatility=(0.002, 0.004, 0.0015),
        regime_bars=(5, 20),
    )
    rng = np.random.default_rng(number)
    return generate_world(SYMBOLS, settings=settings, rng=rng).candles


def start_us_of(number: int) -> int:
    """The first close that the executor decides at."""
    return int(market_of(number)[SYMBOLS[0]].ts_us[WARM_UP_BARS])


def release_after(number: int, row: int, *, agents: tuple[Agent, ...]) -> ReleaseContent:
    """A release that was cut after so many bars of a market."""
    recipe = Recipe(
        timeframe_us=TIMEFRAME_US,
        regimes=REGIMES,
        policy=_POLICY,
        agents=agents,
        sizing=_SIZING,
        envelope=HardLimits(),
    )
    known = {symbol: history.cut(row) for symbol, history in market_of(number).items()}
    return content_at(recipe, known)


def engine_of(
    number: int, *, is_thin: bool, is_close_per_fill: bool, candles: Mapping[str, CandleHistory]
) -> Engine:
    share = Decimal("0.0004") if is_thin else Decimal("0.1")
    return Engine(
        {symbol: Tape(each, timeframe_us=TIMEFRAME_US) for symbol, each in candles.items()},
        listings={s: listing_of(s, taker_fee_rate=TAKER_FEE_RATE) for s in SYMBOLS},
        model=FillModel(participation_rate=share),
        cash=CASH,
        now_us=start_us_of(number),
        is_close_per_fill=is_close_per_fill,
    )
