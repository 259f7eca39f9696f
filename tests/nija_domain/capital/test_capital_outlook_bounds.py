"""How far an outlook moves with the luck of its sample: fast as slow, and the truth within."""

import numpy as np
import pytest

from nija_domain.capital.monte_carlo import (
    BootstrapPlan,
    OutlookBounds,
    SampledTrade,
    bound_outlook,
    foresee,
)
from nija_domain.capital.presets import PRESETS

PLAN = BootstrapPlan(starting=1_000.0, steps=20, paths=100)
MODERATE = PRESETS["moderate"]
TRUTH_TRADES = 200_000


def _trades(rng: np.random.Generator, count: int) -> list[SampledTrade]:
    """Every other trade wins 12 %, the rest lose 8 %, give or take."""
    net = np.where(rng.random(count) < 0.5, 0.12, -0.08) + rng.normal(0.0, 0.02, count)
    return [SampledTrade(net_return=float(one), regime="Bull") for one in net]


def _bounds(trades: list[SampledTrade], plan: BootstrapPlan, *, seed: int) -> OutlookBounds:
    return bound_outlook(trades, preset=MODERATE, plan=plan, rng=np.random.default_rng(seed))


def _median(trades: list[SampledTrade], plan: BootstrapPlan, *, seed: int) -> float:
    rng = np.random.default_rng(seed)
    return foresee(trades, preset=MODERATE, plan=plan, rng=rng).final_equities[2]


def test_the_bounds_are_those_of_one_simulation_after_the_other() -> None:
    """Resample, simulate, take the median; again and again, and the middle 95 % of all."""
    trades, rng = _trades(np.random.default_rng(1), 40), np.random.default_rng(2)
    slow = [
        _median([trades[place] for place in rng.integers(40, size=40)], PLAN, seed=seed)
        for seed in range(200)
    ]
    fast = _bounds(trades, PLAN, seed=3).equity_median
    low, high = np.quantile(slow, (0.025, 0.975))

    assert (fast.low, fast.high) == pytest.approx((low, high), abs=0.1 * (high - low))


def _covered(plan: BootstrapPlan, *, count: int, times: int) -> float:
    wide = BootstrapPlan(starting=plan.starting, steps=plan.steps, paths=20_000)
    truth = _median(_trades(np.random.default_rng(7), TRUTH_TRADES), wide, seed=8)
    rng, hits = np.random.default_rng(9), 0
    for seed in range(times):
        found = _bounds(_trades(rng, count), plan, seed=seed).equity_median
        hits += found.low <= truth <= found.high
    return hits / times


def test_the_true_median_lies_within_for_nearly_every_sample() -> None:
    """Twenty samples of forty trades."""
    assert _covered(PLAN, count=40, times=20) >= 0.85


@pytest.mark.prove
@pytest.mark.parametrize("count", [30, 100])
def test_the_true_median_lies_within_as_often_as_is_told(count: int) -> None:
    """Over a hundred trades ahead; the percentile bootstrap of few trades is a little bold."""
    plan = BootstrapPlan(starting=1_000.0, steps=100, paths=100)

    assert _covered(plan, count=count, times=400) == pytest.approx(0.95, abs=0.035)


def test_one_more_trade_moves_the_outlook_by_less_than_is_told() -> None:
    """A lucky trade among forty changes the median, and stays within what was said of it."""
    trades = _trades(np.random.default_rng(4), 40)
    lucky = [*trades, SampledTrade(net_return=0.5, regime="Bull")]
    found = _bounds(trades, PLAN, seed=1).equity_median

    assert found.low < _median(lucky, PLAN, seed=1) < found.high
