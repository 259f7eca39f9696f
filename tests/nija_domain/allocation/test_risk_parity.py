"""Equal risk against brute force, and a defined answer wherever there is no risk to share."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.allocation.covariance import Matrix, Vector
from nija_domain.allocation.risk_parity import (
    allocate_symbols,
    equal_risk_weights,
    principal_risk,
    risk_contributions,
)
from nija_domain.errors import NumberInvalid


def _covariance(count: int, seed: int, rows: int = 0) -> Matrix:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(rows or 5 * count, count)) @ (
        np.eye(count) + 0.4 * rng.normal(size=(count, count))
    )
    scaled = table * rng.uniform(0.05, 1.0, count)
    found: Matrix = np.cov(scaled, rowvar=False).reshape(count, count)
    return found


def _brute(covariance: Matrix) -> Vector:
    """Positive weights of sum one, searched for until the contributions are equal."""
    from scipy.optimize import least_squares

    def weights_at(logits: Vector) -> Vector:
        raised: Vector = np.exp(logits - logits.max())
        return raised / raised.sum()

    def misses(logits: Vector) -> Vector:
        weights = weights_at(logits)
        parts: Vector = weights * (covariance @ weights)
        return parts / parts.sum() - 1.0 / len(covariance)

    start = np.zeros(len(covariance))
    found = least_squares(misses, start, xtol=1e-15, ftol=1e-15, gtol=1e-15)
    return weights_at(found.x)


@pytest.mark.parametrize("count", [2, 3, 6])
def test_equal_risk_is_what_brute_force_finds(count: int) -> None:
    """The general optimiser ends at the same weights."""
    covariance = _covariance(count, seed=count)

    assert equal_risk_weights(covariance) == pytest.approx(_brute(covariance), abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(count=st.integers(1, 30), seed=st.integers(0, 999))
def test_every_symbol_adds_the_same_risk(count: int, seed: int) -> None:
    """To ten digits; the weights are positive and sum to one."""
    covariance = _covariance(count, seed)
    weights = equal_risk_weights(covariance)

    assert risk_contributions(weights, covariance) == pytest.approx(1.0 / count, rel=1e-10)
    assert weights.min() > 0.0
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)


def test_fewer_rows_than_symbols_still_have_an_answer() -> None:
    """A rank-deficient covariance leaves equal risk to be found."""
    covariance = _covariance(30, seed=4, rows=12)
    weights = equal_risk_weights(covariance)

    assert risk_contributions(weights, covariance) == pytest.approx(1.0 / 30, rel=1e-5)


@pytest.mark.parametrize(
    ("covariance", "weights"),
    [
        ([[0.04]], [1.0]),
        ([[0.0]], [1.0]),
        ([[0.0, 0.0], [0.0, 0.0]], [0.5, 0.5]),
        ([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 4.0]], [0.0, 2 / 3, 1 / 3]),
        ([[1.0, 1.0], [1.0, 1.0]], [0.5, 0.5]),
        ([[1.0, -1.0], [-1.0, 1.0]], [0.5, 0.5]),
    ],
)
def test_where_there_is_no_risk_to_share_the_answer_is_defined(
    covariance: list[list[float]], weights: list[float]
) -> None:
    """One symbol, constant prices, twins, and a perfect hedge."""
    assert equal_risk_weights(np.array(covariance)) == pytest.approx(weights, abs=1e-6)


@pytest.mark.parametrize(
    "covariance", [np.ones((2, 3)), np.full((2, 2), np.nan), np.array([[1.0, 0.5], [0.1, 1.0]])]
)
def test_what_is_no_covariance_is_refused(covariance: Matrix) -> None:
    """Not square, not a number, not symmetric."""
    with pytest.raises(NumberInvalid, match="covariance"):
        equal_risk_weights(covariance)


def test_rounding_beside_nothing_is_no_asymmetry() -> None:
    """Uncorrelated symbols leave traces of either sign; weighted covariances are not exact."""
    covariance = np.diag([4e-4, 1e-4])
    covariance[0, 1], covariance[1, 0] = 3e-21, -2e-21

    assert equal_risk_weights(covariance) == pytest.approx([1 / 3, 2 / 3])


def test_principal_components_explain_all_and_carry_all() -> None:
    """Shares of variance and of our risk fall into place and sum to one."""
    covariance = _covariance(6, seed=1)
    weights = equal_risk_weights(covariance)
    found = principal_risk(covariance, weights)

    assert found.explained == pytest.approx(np.sort(found.explained)[::-1])
    assert (found.explained.sum(), found.risk.sum()) == (pytest.approx(1.0), pytest.approx(1.0))
    along = (found.vectors.T @ weights) ** 2 @ found.values
    assert along == pytest.approx(float(weights @ covariance @ weights))


def test_an_unchanged_covariance_is_not_decomposed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """New weights on the same covariance need no eigh; another covariance does."""
    covariance = _covariance(4, seed=1)
    found = principal_risk(covariance, np.full(4, 0.25))
    calls: list[int] = []
    real = np.linalg.eigh
    monkeypatch.setattr(np.linalg, "eigh", lambda matrix: (calls.append(1), real(matrix))[1])
    again = principal_risk(covariance.copy(), np.array([1.0, 0, 0, 0]), previous=found)
    assert calls == []
    fresh = principal_risk(covariance, np.array([1.0, 0, 0, 0]))

    assert again.risk == pytest.approx(fresh.risk)
    principal_risk(covariance * 1.01, np.full(4, 0.25), previous=found)
    assert len(calls) == 2


def test_the_target_volatility_is_kept_and_nothing_is_borrowed() -> None:
    """Twice too restless: half in cash. Calmer than the target: fully invested, no more."""
    covariance = np.diag([0.04, 0.04, 0.04, 0.04])
    half, _ = allocate_symbols(("a", "b", "c", "d"), covariance, target_volatility=0.05)
    calm, _ = allocate_symbols(("a", "b", "c", "d"), covariance, target_volatility=0.5)

    assert (half.exposure, half.volatility) == (pytest.approx(0.5), pytest.approx(0.05))
    assert sum(half.weights.values()) == pytest.approx(0.5)
    assert sum(calm.weights.values()) == pytest.approx(1.0)


def test_one_ruling_component_shrinks_the_exposure() -> None:
    """Explaining 0.9 + 0.1 / 4 of all over 0.7: exposure in that proportion; one symbol never."""
    covariance = 0.04 * (0.9 * np.ones((4, 4)) + 0.1 * np.eye(4))
    found, _ = allocate_symbols(("a", "b", "c", "d"), covariance, target_volatility=9.0)
    alone, _ = allocate_symbols(("a",), np.array([[0.04]]), target_volatility=9.0)

    assert found.first_component == pytest.approx(0.925)
    assert found.exposure == pytest.approx(0.7 / 0.925)
    assert alone.weights == {"a": 1.0}
