"""Rates per UTC day, against sums by hand; undefined is None and never 0."""

from math import sqrt

import numpy as np
import pytest

from nija_domain.capital.performance import (
    DayClose,
    annual_growth,
    daily_returns,
    growth_velocity,
    project_equity,
    sharpe_ratio,
)
from nija_domain.market.timeframes import DAY_US

DAYS = (DayClose(100, 1.0, 0.0), DayClose(101, 1.1, 100.0), DayClose(104, 1.21, 110.0))


def test_idle_days_count_as_nothing() -> None:
    """Days 102 and 103 have no mark: their returns are 0, and the next is whole."""
    assert daily_returns(DAYS, last_day=105, window=30) == pytest.approx((0.1, 0, 0, 0.1, 0))


def test_a_window_looks_back_no_further() -> None:
    """Of three days the return into the first is not of the window."""
    assert daily_returns(DAYS, last_day=104, window=2) == pytest.approx((0.0, 0.1))
    assert daily_returns((), last_day=104, window=2) == ()


def test_sharpe_is_numpys_with_n_minus_one() -> None:
    """Mean over deviation times the root of 365."""
    returns = np.random.default_rng(1).normal(0.001, 0.01, 30)
    slow = returns.mean() / returns.std(ddof=1) * sqrt(365)

    assert sharpe_ratio(tuple(returns)) == pytest.approx(slow, rel=1e-12)


@pytest.mark.parametrize("returns", [(), (0.1,), (0.0, 0.0, 0.0)])
def test_a_sharpe_ratio_of_nothing_is_undefined(returns: tuple[float, ...]) -> None:
    """Too short, or without any movement."""
    assert sharpe_ratio(returns) is None


def test_annual_growth_is_undefined_under_one_day() -> None:
    """A year that doubles grows by 100 %; an hour tells nothing."""
    assert annual_growth(2.0, lived_us=365 * DAY_US) == pytest.approx(1.0)
    assert annual_growth(1.5, lived_us=DAY_US - 1) is None
    assert annual_growth(0.0, lived_us=DAY_US) is None


def test_velocity_is_money_a_day() -> None:
    """210 in the five days lived; of a long life only the last thirty days count."""
    assert growth_velocity(DAYS, last_day=104) == pytest.approx(210 / 5)
    assert growth_velocity(DAYS, last_day=131) == pytest.approx(110 / 30)
    assert growth_velocity((), last_day=1) is None


def test_a_projection_goes_on_as_before() -> None:
    """Doubling a year: twice as much in 365 days, the root of it in half of them."""
    found = project_equity(1_000.0, 1.0)

    assert found[365] == pytest.approx(2_000.0)
    assert found[30] == pytest.approx(1_000.0 * 2 ** (30 / 365))
    assert project_equity(1_000.0, None) == {30: None, 90: None, 365: None}
