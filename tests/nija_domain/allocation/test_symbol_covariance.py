"""Covariances against slow sums and independent libraries, and where there is nothing to tell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.allocation.covariance import (
    Matrix,
    align_returns,
    ewma_covariance,
    ledoit_wolf,
    sample_covariance,
    weighted_covariance,
)
from nija_domain.allocation.rolling_covariance import roll_covariances
from nija_domain.errors import NumberInvalid


def _returns(rows: int, columns: int, seed: int = 1) -> Matrix:
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(columns, columns)) * 0.3 + np.eye(columns)
    drawn: Matrix = rng.normal(size=(rows, columns)) @ mixed * rng.uniform(0.001, 0.1, columns)
    return drawn + 0.01


@pytest.mark.parametrize(("rows", "columns"), [(2, 1), (30, 4), (20, 60)])
def test_the_sample_covariance_is_numpys(rows: int, columns: int) -> None:
    """With n − 1, more symbols than rows included."""
    table = _returns(rows, columns)

    assert sample_covariance(table) == pytest.approx(
        np.cov(table, rowvar=False).reshape(columns, columns), rel=1e-12
    )


@settings(max_examples=30, deadline=None)
@given(rows=st.integers(2, 60), columns=st.integers(1, 20), seed=st.integers(0, 999))
def test_ledoit_wolf_is_scikit_learns(rows: int, columns: int, seed: int) -> None:
    """Shrinkage and every entry to 1e-12."""
    from sklearn.covariance import LedoitWolf

    table = _returns(rows, columns, seed)
    ours, theirs = ledoit_wolf(table), LedoitWolf().fit(table)

    assert ours.shrinkage == pytest.approx(theirs.shrinkage_, abs=1e-12)
    assert np.abs(ours.covariance - theirs.covariance_).max() <= 1e-12


def test_a_decaying_covariance_is_the_slow_sum() -> None:
    """Each row by its weight, around the weighted mean, over 1 − Σ w²."""
    table = _returns(40, 3)
    weights = np.array([0.5 ** ((39 - row) / 7.0) for row in range(40)])
    weights /= weights.sum()
    mean = sum(w * row for w, row in zip(weights, table, strict=True))
    slow = sum(w * np.outer(r - mean, r - mean) for w, r in zip(weights, table, strict=True))

    found = ewma_covariance(table, half_life_bars=7.0)
    assert found == pytest.approx(slow / (1.0 - (weights**2).sum()), rel=1e-10)


def test_equal_weights_are_the_sample_covariance() -> None:
    """And so is a half-life without end."""
    table = _returns(40, 3)

    assert weighted_covariance(table, np.ones(40)) == pytest.approx(sample_covariance(table))
    assert ewma_covariance(table, half_life_bars=1e12) == pytest.approx(sample_covariance(table))


def test_a_regimes_covariance_reads_its_own_bars() -> None:
    """Weighted by the regime's probability: bars that were surely another do not count."""
    calm, wild = _returns(50, 3), _returns(50, 3, seed=2) * 9.0
    is_calm = np.concatenate([np.ones(50), np.zeros(50)])

    found = weighted_covariance(np.concatenate([calm, wild]), is_calm)
    assert found == pytest.approx(sample_covariance(calm))


def test_missing_returns_cost_a_symbol_or_a_row() -> None:
    """Over half missing drops the symbol; otherwise the rows go that miss one."""
    table = _returns(10, 3)
    table[:6, 1] = np.nan
    table[7, 2] = np.inf
    aligned = align_returns(("a", "b", "c"), table)

    assert (aligned.symbols, aligned.dropped) == (("a", "c"), ("b",))
    assert aligned.returns.shape == (9, 2)
    assert aligned.returns[7] == pytest.approx(table[8, [0, 2]])


@pytest.mark.parametrize("table", [np.zeros((1, 3)), np.zeros((5, 0)), np.full((4, 2), np.nan)])
def test_what_tells_no_covariance_is_refused(table: Matrix) -> None:
    """One row, no symbol, or numbers that are none."""
    with pytest.raises(NumberInvalid, match="returns"):
        sample_covariance(table)


@pytest.mark.parametrize("weights", [np.array([1.0, 0, 0]), np.array([1.0, -1, 1]), np.ones(2)])
def test_weights_that_leave_nothing_to_compare_are_refused(weights: Matrix) -> None:
    """A single row that weighs, a negative weight, too few of them."""
    with pytest.raises(NumberInvalid, match="weights"):
        weighted_covariance(_returns(3, 2), weights)


@pytest.mark.parametrize("window", [2, 30, 99])
def test_rolling_is_the_naive_recomputation(window: int) -> None:
    """Every window, to 1e-9 of its scale and better."""
    table = _returns(100, 7)
    rolled = [covariance.copy() for covariance in roll_covariances(table, window=window)]

    assert len(rolled) == 101 - window
    for start, covariance in enumerate(rolled):
        naive = np.cov(table[start : start + window], rowvar=False)

        assert np.abs(covariance - naive).max() <= 1e-12


def test_rolling_takes_its_sums_anew_before_rounding_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over a level shift of nine orders the refreshed sums are exact again."""
    monkeypatch.setattr("nija_domain.allocation.rolling_covariance.REFRESH_ROWS", 16)
    table = _returns(120, 3)
    table[:40] *= 1e9
    last = [covariance.copy() for covariance in roll_covariances(table, window=20)][-1]
    naive = np.cov(table[-20:], rowvar=False)

    assert np.abs(last - naive).max() <= 1e-9


@pytest.mark.parametrize("window", [1, 11])
def test_a_window_that_does_not_fit_is_refused(window: int) -> None:
    """One row varies from nothing, and there are no more rows than there are."""
    with pytest.raises(NumberInvalid, match="window"):
        next(roll_covariances(_returns(10, 2), window=window))
