"""What a seed draws before anything runs: agents, limits, the venue's manners, and what goes wrong.

All faults are drawn with their moments, so that any prefix of them can be played again.
"""

from typing import Any, NamedTuple

import msgspec
import numpy as np

from nija_domain.capital.limits import HardLimits
from nija_domain.market.timeframes import SECOND_US
from nija_domain.strategies.agents import Agent
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.shelf import choose_preset
from storm.stage import MARKETS, SYMBOLS, TIMEFRAME_US

BARS = (8, 15)
FAULTS = (5, 16)
HALF = 0.5
CALM_S = 200
"""Nothing goes wrong in the last seconds: what was found out late is put in order by then."""


class Mishap(msgspec.Struct, frozen=True, kw_only=True):
    """One fault: when it begins, on which requests or symbol, for how long, and a drawn number."""

    kind: str
    after_s: float
    method: str | None = None
    symbol: str = SYMBOLS[0]
    seconds: int = 0
    count: int = 1
    acts: bool = True
    number: int = 0


class Course(msgspec.Struct, frozen=True, kw_only=True):
    seed: int
    market: int
    bars: int
    agents: tuple[Agent, ...]
    limits: HardLimits
    is_thin: bool
    is_close_per_fill: bool
    mishaps: tuple[Mishap, ...]

    @property
    def seconds(self) -> float:
        return self.bars * TIMEFRAME_US / SECOND_US + CALM_S


class Shape(NamedTuple):
    """How a kind of fault is drawn: how often, where it strikes, how long it may last."""

    weight: int
    methods: tuple[str | None, ...] = (None,)
    seconds: tuple[int, int] = (0, 0)
    times: tuple[int, int] = (1, 1)


_ACTS = ("AddOrder", "AddOrder", "AddOrder", "CancelOrder", None)
_READS = ("TradesHistory", "OpenOrders", "ClosedOrders", "BalanceEx", "OHLC")

REQUESTS: dict[str, Shape] = {
    "lost_answer": Shape(6, _ACTS),
    "drop": Shape(6, _ACTS),
    "error_5xx": Shape(4, _ACTS),
    "html_200": Shape(3, _ACTS),
    "busy": Shape(3, _ACTS),
    "unavailable": Shape(3, _ACTS),
    "rate_limit": Shape(3, (*_ACTS, *_READS), times=(1, 3)),
    "nonce": Shape(2, (*_ACTS, *_READS)),
    "slow": Shape(4, (*_ACTS, *_READS), seconds=(1, 12)),
    "never_sent": Shape(3, (*_ACTS, *_READS), times=(1, 3)),
    "odd_answer": Shape(2, (*_READS, "AddOrder")),
}
VENUE: dict[str, Shape] = {
    "lagging_orders": Shape(4, seconds=(1, 60)),
    "late_stop": Shape(3, seconds=(1, 3)),
    "lost_stop": Shape(2, seconds=(86_400, 86_400)),
    "fee_in_coins": Shape(3, times=(1, 3)),
    "lagging_trades": Shape(4, seconds=(1, 60)),
    "lagging_balances": Shape(3, seconds=(1, 60)),
    "outage": Shape(3, seconds=(5, 90)),
    "cancel_only": Shape(2, seconds=(5, 90)),
    "delisted": Shape(1, seconds=(30, 120)),
    "precision": Shape(2),
    "minimums": Shape(2),
    "gap": Shape(2),
    "late_candles": Shape(2, seconds=(5, 50)),
    "frozen_feed": Shape(1, seconds=(70, 150)),
    "bad_candle": Shape(2),
    "wrong_time": Shape(1),
}
MACHINE: dict[str, Shape] = {
    "crash": Shape(10),
    "stop": Shape(2),
    "suspend": Shape(3, seconds=(2, 200)),
    "journal_locked": Shape(3, seconds=(1, 25)),
    "disk_full": Shape(2, seconds=(1, 20)),
    "altered_journal": Shape(1),
}
PEOPLE: dict[str, Shape] = {
    "hand_sale": Shape(3),
    "hand_cancel": Shape(3),
    "hand_buy": Shape(2),
    "foreign_order": Shape(3),
    "deposit": Shape(2),
    "withdrawal": Shape(2),
    "airdrop": Shape(2),
    "kill": Shape(1, seconds=(20, 100)),
    "release": Shape(3),
}
SHAPES = REQUESTS | VENUE | MACHINE | PEOPLE
KINDS = tuple(SHAPES)


def draw_course(seed: int) -> Course:
    rng = np.random.default_rng(seed)
    bars = int(rng.integers(*BARS))
    return Course(
        seed=seed,
        market=int(rng.integers(MARKETS)),
        bars=bars,
        agents=_draw_agents(rng),
        limits=_draw_limits(rng),
        is_thin=_tossed(rng),
        is_close_per_fill=_tossed(rng),
        mishaps=_draw_mishaps(rng, last_s=bars * TIMEFRAME_US / SECOND_US),
    )


def _draw_agents(rng: np.random.Generator) -> tuple[Agent, ...]:
    """Two or three of four, eager ones: most bars buy or sell something."""
    names = rng.choice(("trend", "mean_reversion", "breakout", "hmm_policy"), 3, replace=False)
    chosen = ("trend", *(str(name) for name in names if name != "trend"))[: int(rng.integers(2, 4))]
    return tuple(Agent(name, _choice(name, rng)) for name in chosen)


def _choice(name: str, rng: np.random.Generator) -> StrategyChoice:
    preset = choose_preset(name, "aggressive")
    changed = {**preset.parameters, **_EAGER[name], "share": 1.0}
    changed["stop_multiple"] = float(rng.choice((0.6, 1.0, 2.0, 6.0)))
    if name == "trend":
        changed["trend_exit"] = float(rng.choice((1.0, 0.0, -1.0)))
    return StrategyChoice(name, f"{name}:*:storm", changed)


_EAGER: dict[str, dict[str, float]] = {
    "trend": {"trend_entry": -1.0, "bear_prob_max": 1.0},
    "mean_reversion": {
        "dip_entry": 1.0,
        "gain_min": 0.0,
        "bear_prob_max": 1.0,
        "bars_max": 3.0,
    },
    "breakout": {"quiet_max": 5.0, "volume_min": -3.0, "bear_prob_max": 1.0},
    "hmm_policy": {
        "exposure_chop": 0.9,
        "exposure_entry": 0.3,
        "exit_ratio": 0.9,
        "bars_min": 1.0,
    },
}


def _draw_limits(rng: np.random.Generator) -> HardLimits:
    return HardLimits(
        max_open_positions=int(rng.integers(2, 6)),
        max_entries_per_hour=int(rng.integers(8, 31)),
        max_trade_share=float(rng.choice((0.05, 0.1))),
    )


def _draw_mishaps(rng: np.random.Generator, *, last_s: float) -> tuple[Mishap, ...]:
    weights = np.array([shape.weight for shape in SHAPES.values()], dtype=np.float64)
    kinds = rng.choice(KINDS, int(rng.integers(*FAULTS)), p=weights / weights.sum())
    drawn = [_draw_mishap(str(kind), rng, last_s=last_s) for kind in kinds]
    return tuple(sorted(drawn, key=lambda each: each.after_s))


def _draw_mishap(kind: str, rng: np.random.Generator, *, last_s: float) -> Mishap:
    """Half of them come in the first seconds after a close, where most orders are."""
    shape = SHAPES[kind]
    after_s = rng.uniform(0.0, last_s)
    if _tossed(rng):
        after_s += -after_s % (TIMEFRAME_US / SECOND_US) + rng.uniform(-1.0, 3.0)
    return Mishap(
        kind=kind,
        after_s=max(0.0, min(after_s, last_s)),
        method=shape.methods[int(rng.integers(len(shape.methods)))],
        symbol=str(rng.choice(SYMBOLS)),
        seconds=_between(rng, shape.seconds),
        count=_between(rng, shape.times),
        acts=_tossed(rng),
        number=int(rng.integers(1, 60)),
    )


def _tossed(rng: np.random.Generator) -> bool:
    return bool(rng.random() < HALF)


def _between(rng: Any, bounds: tuple[int, int]) -> int:  # noqa: ANN401
    return int(rng.integers(bounds[0], bounds[1] + 1))
