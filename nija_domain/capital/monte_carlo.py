"""Simulates an account: its trades are drawn again and again, under a preset's rules."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from nija_domain.capital.capital_regimes import capital_regime
from nija_domain.capital.compounding import REINVESTED_SHARE
from nija_domain.capital.milestones import BONUS_MAX, BONUS_STEP, LADDER, LOCKED_SHARE
from nija_domain.capital.presets import Preset
from nija_domain.capital.protection import LEVELS, NAMED, ProtectionRules
from nija_domain.errors import HistoryTooShort
from nija_domain.statistics.intervals import QUANTILE, Interval

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

HALTED = len(LEVELS) - 1
QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
RUNGS: Floats = np.array([float(rung) for rung in LADDER])
TRADE_SHARE_MAX = 0.10
STEPS_MAX, PATHS_MAX = 100_000, 100_000
RESAMPLES, RESAMPLE_PATHS = 200, 50
"""Other samples that might have come instead of this one, and the futures drawn from each."""


class SampledTrade(msgspec.Struct, frozen=True, kw_only=True):
    """One round trip: its net return, and the factors of its size."""

    net_return: float
    regime: str
    leverage: float = 1.0
    risk: float = 1.0


class BootstrapPlan(msgspec.Struct, frozen=True, kw_only=True):
    starting: float
    steps: int
    paths: int
    trade_share_max: float = TRADE_SHARE_MAX
    rules: ProtectionRules = ProtectionRules()

    def __post_init__(self) -> None:
        if not 0.0 < self.starting < np.inf:
            raise ValueError(f"starting is {self.starting}; it must be positive")
        for name, most in (("steps", STEPS_MAX), ("paths", PATHS_MAX)):
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be from 1 to {most}")


class Outlook(msgspec.Struct, frozen=True, kw_only=True):
    """`ruin`: the protected floor was reached; `halt`: trading stopped for any reason.

    Quantiles are those of QUANTILES; the milestone's trades are of the paths that reach it.
    """

    preset: str
    ruin_probability: float
    halt_probability: float
    drawdowns: tuple[float, ...]
    final_equities: tuple[float, ...]
    milestone: float | None
    milestone_probability: float
    milestone_trades: tuple[float, ...]


class OutlookBounds(msgspec.Struct, frozen=True, kw_only=True):
    """How far an outlook's numbers may move with the luck of the sample; `..._median` of paths."""

    ruin_probability: Interval
    halt_probability: Interval
    drawdown_median: Interval
    equity_median: Interval


class _Paths(msgspec.Struct, kw_only=True):
    """Every path's account side by side; changed in place, trade by trade."""

    base: Floats
    reinvested: Floats
    aside: Floats
    peak: Floats
    trough: Floats
    deepest: Floats
    level: Counts
    wins: Counts
    passed: Counts
    first_rung: int
    profit_mark: Floats
    reached_at: Floats

    @property
    def equity(self) -> Floats:
        return self.base + self.reinvested + self.aside


def foresee(
    trades: Sequence[SampledTrade],
    *,
    preset: Preset,
    plan: BootstrapPlan,
    rng: np.random.Generator,
) -> Outlook:
    """Simulate `paths` accounts of `steps` trades, each drawn from those that happened."""
    returns, stakes = _columns(trades, preset)

    def draw() -> Counts:
        return rng.integers(len(trades), size=plan.paths)

    return _outlook(_play(plan, preset, returns, stakes, draw), preset, plan)


def bound_outlook(
    trades: Sequence[SampledTrade],
    *,
    preset: Preset,
    plan: BootstrapPlan,
    rng: np.random.Generator,
) -> OutlookBounds:
    """The percentile bootstrap (Efron & Tibshirani 1993, chapter 13) of the whole simulation.

    The trades that happened are one sample of those that might have: each resample of them is
    simulated by itself, and the middle 95 % of what came out is the interval.
    """
    returns, stakes = _columns(trades, preset)
    pools = rng.integers(len(trades), size=(RESAMPLES, len(trades)))
    pool_of = np.repeat(np.arange(RESAMPLES), RESAMPLE_PATHS)
    plan = replace(plan, paths=len(pool_of))

    def draw() -> Counts:
        drawn: Counts = pools[pool_of, rng.integers(len(trades), size=plan.paths)]
        return drawn

    paths = _play(plan, preset, returns, stakes, draw)
    ruined = paths.equity <= plan.rules.floor_share * plan.starting
    return OutlookBounds(
        ruin_probability=_bounds(_by_pool(ruined).mean(axis=1)),
        halt_probability=_bounds(_by_pool(paths.level == HALTED).mean(axis=1)),
        drawdown_median=_bounds(np.median(_by_pool(paths.deepest), axis=1)),
        equity_median=_bounds(np.median(_by_pool(paths.equity), axis=1)),
    )


def _by_pool(values: npt.NDArray[np.generic]) -> Floats:
    table: Floats = values.astype(np.float64).reshape(RESAMPLES, RESAMPLE_PATHS)
    return table


def _bounds(values: Floats) -> Interval:
    low, high = np.quantile(values, (1.0 - QUANTILE, QUANTILE))
    return Interval(float(low), float(high))


def _columns(trades: Sequence[SampledTrade], preset: Preset) -> tuple[Floats, Floats]:
    if not trades:
        raise HistoryTooShort(
            "there are no closed trades to draw from; trade first, or give returns"
        )
    returns: Floats = np.array([trade.net_return for trade in trades])
    return returns, np.array([_stake_factor(trade, preset) for trade in trades])


def _play(
    plan: BootstrapPlan,
    preset: Preset,
    returns: Floats,
    stakes: Floats,
    draw: Callable[[], Counts],
) -> _Paths:
    """Every path's account after so many trades, each the one that `draw` names."""
    paths = _start(plan)
    share = float(REINVESTED_SHARE[preset.compounding])
    for step in range(plan.steps):
        drawn = draw()
        net = _stakes(paths, stakes[drawn], plan) * returns[drawn]
        _book(paths, net, share)
        _pass_rungs(paths, plan, step)
        _protect(paths, net, plan)
    return paths


def _stake_factor(trade: SampledTrade, preset: Preset) -> float:
    sizing = preset.sizing
    leverage = min(max(trade.leverage, sizing.min_leverage), sizing.max_leverage)
    allocation = sizing.allocation.get(capital_regime("Calm", trade.regime), 0.0)
    return sizing.base_fraction * leverage * allocation * trade.risk


def _start(plan: BootstrapPlan) -> _Paths:
    money = np.full(plan.paths, plan.starting)
    nothing = np.zeros(plan.paths)
    passed = int((plan.starting >= RUNGS).sum())
    return _Paths(
        base=money.copy(),
        reinvested=nothing.copy(),
        aside=nothing.copy(),
        peak=money.copy(),
        trough=money.copy(),
        deepest=nothing.copy(),
        level=np.zeros(plan.paths, dtype=np.int64),
        wins=np.zeros(plan.paths, dtype=np.int64),
        passed=np.full(plan.paths, passed, dtype=np.int64),
        first_rung=passed,
        profit_mark=nothing.copy(),
        reached_at=np.full(plan.paths, np.nan),
    )


def _stakes(paths: _Paths, factors: Floats, plan: BootstrapPlan) -> Floats:
    multipliers = np.array([plan.rules.multiplier(level) for level in LEVELS])
    bonus = np.minimum(BONUS_STEP * (paths.passed - paths.first_rung), BONUS_MAX)
    tradable = np.maximum(paths.base + paths.reinvested, 0.0)
    wished = tradable * factors * multipliers[paths.level] * (1.0 + bonus)
    bounded: Floats = np.minimum(wished, plan.trade_share_max * paths.equity)
    return bounded


def _book(paths: _Paths, net: Floats, share: float) -> None:
    won, lost = np.maximum(net, 0.0), np.maximum(-net, 0.0)
    from_reinvested = np.minimum(lost, paths.reinvested)
    paths.reinvested += won * share - from_reinvested
    paths.base -= lost - from_reinvested
    paths.aside += won * (1.0 - share)


def _pass_rungs(paths: _Paths, plan: BootstrapPlan, step: int) -> None:
    equity = paths.equity
    at = np.maximum((equity[:, None] >= RUNGS).sum(axis=1), paths.passed)
    is_new = at > paths.passed
    profit = equity - plan.starting
    due = np.maximum(profit - paths.profit_mark, 0.0) * float(LOCKED_SHARE)
    locked = np.where(is_new, np.minimum(due, paths.reinvested), 0.0)
    paths.reinvested -= locked
    paths.aside += locked
    paths.profit_mark = np.where(is_new, profit, paths.profit_mark)
    is_first = is_new & (paths.passed == paths.first_rung)
    paths.reached_at = np.where(is_first, step + 1.0, paths.reached_at)
    paths.passed = at


def _protect(paths: _Paths, net: Floats, plan: BootstrapPlan) -> None:
    rules, equity = plan.rules, paths.equity
    is_high = equity >= paths.peak
    paths.peak = np.maximum(paths.peak, equity)
    paths.trough = np.where(is_high, equity, np.minimum(paths.trough, equity))
    drawdown = (paths.peak - equity) / paths.peak
    paths.deepest = np.maximum(paths.deepest, drawdown)
    paths.wins = np.where(net > 0.0, paths.wins + 1, np.where(net < 0.0, 0, paths.wins))
    bounds = np.array([getattr(rules, f"{name}_drawdown") for name in NAMED])
    prescribed = (drawdown[:, None] >= bounds).sum(axis=1)
    prescribed = np.where(equity <= rules.floor_share * plan.starting, HALTED, prescribed)
    depth = np.maximum(paths.peak - paths.trough, np.finfo(float).tiny)
    is_regained = is_high | ((equity - paths.trough) / depth >= rules.regained_share)
    relaxes = is_regained & (paths.wins >= rules.wins_to_relax) & (prescribed < paths.level)
    lower = np.where(relaxes & (paths.level < HALTED), paths.level - 1, paths.level)
    level = np.maximum(lower, prescribed)
    paths.wins = np.where(level != paths.level, 0, paths.wins)
    paths.level = level


def _outlook(paths: _Paths, preset: Preset, plan: BootstrapPlan) -> Outlook:
    equity = paths.equity
    reached = paths.reached_at[np.isfinite(paths.reached_at)]
    has_rung = paths.first_rung < len(RUNGS)
    return Outlook(
        preset=preset.sizing.preset,
        ruin_probability=float((equity <= plan.rules.floor_share * plan.starting).mean()),
        halt_probability=float((paths.level == HALTED).mean()),
        drawdowns=_quantiles(paths.deepest),
        final_equities=_quantiles(equity),
        milestone=float(RUNGS[paths.first_rung]) if has_rung else None,
        milestone_probability=len(reached) / plan.paths,
        milestone_trades=_quantiles(reached) if len(reached) else (),
    )


def _quantiles(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in np.quantile(values, QUANTILES))
