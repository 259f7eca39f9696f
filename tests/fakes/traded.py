"""A whole trading session as its journal would hold it: the core over a generated world."""

from functools import cache

import numpy as np
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.evaluation.backtest import BacktestPlan, run_backtest
from nija_domain.events.records import JournalEvent, SessionStarted
from nija_domain.events.session_records import NEWEST_RULES
from nija_domain.releases.content import ReleaseContent
from nija_domain.trading.matching import FillModel
from nija_domain.worlds.regime_switching import generate_world
from simulator.listings import listing_of
from simulator.settings import SimulatorSettings
from tests.fakes.releases import train_content
from tests.fakes.stages import COMPETING

SETTINGS = SimulatorSettings(
    seed=4,
    symbols=("BTC/USD", "ETH/USD", "SOL/USD"),
    history_bars=500,
    future_bars=500,
    regime_bars=(24, 72),
)


def _competing(content: ReleaseContent) -> ReleaseContent:
    return replace(content, agents=(replace(content.agents[0], arms=COMPETING),))


@cache
def traded_session() -> tuple[JournalEvent, ...]:
    """Some positions stay open, some trades are closed, some entries are refused."""
    world = generate_world(
        SETTINGS.symbols, settings=SETTINGS.world, rng=np.random.default_rng(SETTINGS.seed)
    )
    plan = BacktestPlan(
        content=_competing(train_content(SETTINGS)),
        histories={
            symbol: candles.between(SETTINGS.history_bars, len(candles))
            for symbol, candles in world.candles.items()
        },
        instruments={
            symbol: listing_of(symbol, taker_fee_rate=SETTINGS.taker_fee_rate).instrument
            for symbol in SETTINGS.symbols
        },
        limits=HardLimits(max_open_positions=2),
        fill_model=FillModel(),
        starting_cash=SETTINGS.cash,
    )
    events = run_backtest(plan).events
    started = SessionStarted(
        at_us=events[0].at_us,
        mode="paper",
        venue="http://127.0.0.1:8801",
        version="0.0.0",
        commit="unknown",
        speed=60.0,
        rules=NEWEST_RULES,
    )
    return (started, *events)
