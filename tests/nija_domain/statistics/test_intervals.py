"""Intervals hold the truth as often as they say, by simulation; closed forms are scipy's."""

from collections.abc import Callable
from math import expm1, sqrt

import numpy as np
import pytest
from scipy import stats

from nija_domain.statistics import intervals
from nija_domain.statistics.intervals import (
    CONFIDENCE,
    Interval,
    growth_interval,
    projection_interval,
    share_interval,
    sharpe_interval,
)

YEAR = 365
FEW, MANY = 300, 6_000
Draw = Callable[[np.random.Generator, int], np.ndarray]


def _calm(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.normal(0.002, 0.02, count)


def _wild(rng: np.random.Generator, count: int) -> np.ndarray:
    """Heavy tails."""
    return 0.001 + 0.012 * rng.standard_t(6, count)


def _idle(rng: np.random.Generator, count: int) -> np.ndarray:
    """Two days of three without a trade, many small losses, few large gains."""
    won = np.where(rng.random(count) < 0.3, 0.05, -0.015)
    return np.where(rng.random(count) < 1 / 3, won, 0.0)


WORLDS: dict[str, Draw] = {"calm": _calm, "wild": _wild, "idle": _idle}


def _covers(bounds: Interval | None, truth: float) -> bool:
    return bounds is not None and bounds.low <= truth <= bounds.high


def _sharpe_covered(draw: Draw, *, days: int, times: int) -> float:
    rng = np.random.default_rng(3)
    world = draw(rng, 4_000_000)
    truth = float(world.mean() / world.std() * sqrt(YEAR))
    hits = (
        _covers(sharpe_interval(draw(rng, days).tolist(), periods_a_year=YEAR), truth)
        for _ in range(times)
    )
    return sum(hits) / times


def _growth_covered(draw: Draw, *, days: int, ahead: int, times: int) -> tuple[float, float]:
    """How often the true growth, and the money of the future, lay within."""
    rng = np.random.default_rng(5)
    truth = expm1(float(np.log1p(draw(rng, 4_000_000)).mean()) * YEAR)
    grown = foreseen = 0
    for _ in range(times):
        past, future = draw(rng, days), draw(rng, ahead)
        annual, found = expm1(float(np.log1p(past).mean()) * YEAR), past.tolist()
        grown += _covers(growth_interval(annual, found, periods_a_year=YEAR), truth)
        factor = float(np.prod(1.0 + future))
        foreseen += _covers(
            projection_interval(annual, found, periods=ahead, periods_a_year=YEAR), factor
        )
    return grown / times, foreseen / times


def test_a_few_hundred_samples_are_covered() -> None:
    """Of 60 days: the ratio, the growth and the money after 30 more days."""
    ratio = _sharpe_covered(_calm, days=60, times=FEW)
    growth, money = _growth_covered(_calm, days=60, ahead=30, times=FEW)

    assert min(ratio, growth, money) >= CONFIDENCE - 0.03
    assert max(ratio, growth, money) <= CONFIDENCE + 0.03


@pytest.mark.prove
@pytest.mark.parametrize("days", [60, 250])
@pytest.mark.parametrize("world", WORLDS)
def test_many_samples_of_each_world_are_covered(world: str, days: int) -> None:
    """In calm worlds to the point, with heavy tails and idle days within two."""
    slack = 0.01 if world == "calm" else 0.025
    ratio = _sharpe_covered(WORLDS[world], days=days, times=MANY)
    near = _growth_covered(WORLDS[world], days=days, ahead=30, times=MANY)
    far = _growth_covered(WORLDS[world], days=days, ahead=365, times=MANY)

    assert [ratio, *near, *far] == pytest.approx([CONFIDENCE] * 5, abs=slack)


def test_an_interval_of_half_the_width_would_be_seen() -> None:
    """The check above can fail."""
    rng, truth, hits = np.random.default_rng(3), 0.1 * sqrt(YEAR), 0
    for _ in range(FEW):
        found = sharpe_interval(_calm(rng, 60).tolist(), periods_a_year=YEAR)
        assert found is not None
        quarter = (found.high - found.low) / 4.0
        hits += found.low + quarter <= truth <= found.high - quarter

    assert hits / FEW < CONFIDENCE - 0.1


@pytest.mark.parametrize("freedom", [29, 59, 249])
def test_the_expansion_is_students_t(freedom: int) -> None:
    """From the least sample on, to a ten-thousandth."""
    found = intervals._t_quantile(freedom)

    assert found == pytest.approx(float(stats.t.ppf(0.975, freedom)), abs=1e-4)


@pytest.mark.parametrize(("hits", "tries"), [(0, 30), (3, 30), (15, 31), (30, 30), (400, 1000)])
def test_the_interval_of_a_share_is_scipys(hits: int, tries: int) -> None:
    """Wilson's, without a correction."""
    found = share_interval(hits, tries)
    theirs = stats.binomtest(hits, tries).proportion_ci(CONFIDENCE, method="wilson")

    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_without_movement_there_is_no_ratio_to_bound() -> None:
    """Nor does a growth that nothing has moved stray."""
    still = [0.0] * 60
    found = growth_interval(0.0, still, periods_a_year=YEAR)

    assert sharpe_interval(still, periods_a_year=YEAR) is None
    assert (found.low, found.high) == (0.0, 0.0)


def test_growth_beyond_all_numbers_stays_a_number() -> None:
    """An interval is never infinite."""
    found = projection_interval(1e30, [0.5, -0.3] * 40, periods=3_650, periods_a_year=YEAR)

    assert np.isfinite([found.low, found.high]).all()
