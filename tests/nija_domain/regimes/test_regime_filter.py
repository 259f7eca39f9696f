"""The filter gives the exact probabilities, from the past alone."""

import itertools
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.regimes.filter import (
    FilterState,
    initial_filter,
    normalise,
    step_filter,
    weigh_apart,
    weigh_together,
)
from nija_domain.regimes.fitting.flat import gaussian_hmm
from nija_domain.regimes.history.filtered import filter_history, standardise
from nija_domain.regimes.model import RegimeModel
from tests.fakes.regime_worlds import KNOWN_MODEL, draw_world

SMALL_MODEL = RegimeModel(
    feature_names=("log_return",),
    center=(0.1,),
    scale=(2.0,),
    outlier_limit=10.0,
    state_names=("Bull", "Bear"),
    start_probs=(0.7, 0.3),
    transition=((0.9, 0.1), (0.4, 0.6)),
    means=((0.5,), (-0.8,)),
    variances=((1.0,), (2.5,)),
    log_likelihood_per_bar=-1.0,
    bars_fitted=1,
    converged=True,
)


def _stream(model: RegimeModel, rows: np.ndarray) -> np.ndarray:
    state, filtered = initial_filter(model), []
    for row in rows.tolist():
        state = step_filter(model, state, tuple(row))
        filtered.append(state.probabilities)
    return np.array(filtered)


def _density(model: RegimeModel, state: int, row: float) -> float:
    standard = (row - model.center[0]) / model.scale[0]
    variance = model.variances[state][0]
    error = standard - model.means[state][0]
    return math.exp(-error * error / (2 * variance)) / math.sqrt(2 * math.pi * variance)


def _enumerated(model: RegimeModel, rows: list[float]) -> list[float]:
    """The probability of each last state, by summing over every path of states."""
    weights = [0.0, 0.0]
    for path in itertools.product(range(2), repeat=len(rows)):
        weight = model.start_probs[path[0]]
        for before, after in itertools.pairwise(path):
            weight *= model.transition[before][after]
        for state, row in zip(path, rows, strict=True):
            weight *= _density(model, state, row)
        weights[path[-1]] += weight
    return [weight / sum(weights) for weight in weights]


@given(rows=st.lists(st.floats(-8.0, 8.0), min_size=1, max_size=3))
@settings(deadline=None)
def test_filter_is_the_sum_over_all_paths(rows: list[float]) -> None:
    """Three bars and two states: recursion and enumeration agree."""
    filtered = _stream(SMALL_MODEL, np.array(rows)[:, None])[-1]

    assert filtered == pytest.approx(_enumerated(SMALL_MODEL, rows), abs=1e-12)


def test_filter_is_hmmlearns_forward_pass() -> None:
    """The filter at each bar is hmmlearn's answer for the last bar of the history so far."""
    table, _ = draw_world(KNOWN_MODEL, bars=60, seed=1)
    hmm = gaussian_hmm(KNOWN_MODEL)
    rows = standardise(KNOWN_MODEL, table.values)
    forward = np.array([hmm.predict_proba(rows[:stop])[-1] for stop in range(1, 61)])

    np.testing.assert_allclose(_stream(KNOWN_MODEL, table.values), forward, atol=1e-10)


def test_a_smoother_would_be_seen() -> None:
    """The comparison above can fail: probabilities that use later bars are far off."""
    table, _ = draw_world(KNOWN_MODEL, bars=60, seed=1)
    rows = standardise(KNOWN_MODEL, table.values)
    smoothed = gaussian_hmm(KNOWN_MODEL).predict_proba(rows)

    assert np.abs(_stream(KNOWN_MODEL, table.values) - smoothed).max() > 0.1


@given(seed=st.integers(0, 2**32), bars=st.integers(0, 120), warm=st.integers(0, 40))
@settings(max_examples=25, deadline=None)
def test_filtered_history_is_the_stream_to_the_bit(seed: int, bars: int, warm: int) -> None:
    """Compiled and interpreted filters agree in every bit, warm-up and holes included."""
    table, _ = draw_world(KNOWN_MODEL, bars=200, seed=seed, warm_up_bars=warm)
    table.values[150:155, 1] = np.nan

    filtered = filter_history(KNOWN_MODEL, table)

    assert filtered.tobytes() == _stream(KNOWN_MODEL, table.values).tobytes()
    prefix = msgspec.structs.replace(table, values=table.values[:bars])
    assert filter_history(KNOWN_MODEL, prefix).tobytes() == filtered[:bars].tobytes()


def test_columns_are_found_by_name() -> None:
    """The filter takes its features by name from a table that holds more, in another order."""
    table, _ = draw_world(KNOWN_MODEL, bars=50, seed=2)
    wider = msgspec.structs.replace(
        table,
        names=("trend_strength", "atr_fraction", "ewma_volatility", "log_return"),
        values=np.column_stack([table.values[:, 2], np.ones(50), table.values[:, [1, 0]]]),
    )

    assert np.array_equal(filter_history(KNOWN_MODEL, wider), filter_history(KNOWN_MODEL, table))


@given(row=st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 3))
@settings(deadline=None)
def test_probabilities_stay_probabilities(row: tuple[float, float, float]) -> None:
    """Whatever the features, the next state is a distribution; what is not a number is no news."""
    before = FilterState(probabilities=(0.2, 0.0, 0.8))
    after = step_filter(KNOWN_MODEL, before, row)

    assert math.fsum(after.probabilities) == pytest.approx(1.0)
    assert min(after.probabilities) >= 0.0
    if not all(map(math.isfinite, row)):
        assert after == before


def test_an_outlier_counts_as_the_limit() -> None:
    """A bar beyond the limit moves the state as one at the limit does, and no further."""
    before = FilterState(probabilities=(0.2, 0.3, 0.5))
    edge = tuple(
        center + KNOWN_MODEL.outlier_limit * scale
        for center, scale in zip(KNOWN_MODEL.center, KNOWN_MODEL.scale, strict=True)
    )
    at_edge = step_filter(KNOWN_MODEL, before, edge).probabilities
    beyond = step_filter(KNOWN_MODEL, before, (1e200, 1e200, 1e200)).probabilities

    assert beyond == pytest.approx(at_edge, rel=1e-9)


def test_a_row_that_no_state_explains_leaves_the_prediction() -> None:
    """Where every density underflows to nothing, nothing is divided by zero."""
    apart, together = [0.0, 0.0], [0.0, 0.0]
    weigh_apart(apart, [0.25, 0.75], [1e200], [[0.0], [1.0]], [[1.0], [1.0]])
    weigh_together(together, [0.25, 0.75], [1e200], [[0.0], [1.0]], [[[1.0]], [[1.0]]])
    for weights in (apart, together):
        normalise(weights, [0.25, 0.75])

    assert apart == together == [0.25, 0.75]
