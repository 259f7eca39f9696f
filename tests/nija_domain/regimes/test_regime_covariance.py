"""Features that vary together within a state: filtered, foreseen and matched by all of that."""

import itertools
import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from nija_domain.errors import ReleaseInvalid
from nija_domain.regimes.filter import initial_filter, predictive_log_likelihood, step_filter
from nija_domain.regimes.fitting.flat import gaussian_hmm
from nija_domain.regimes.fitting.matching import match_states, reorder_states
from nija_domain.regimes.history.covariance import (
    covariance_matrices,
    floor_covariances,
    matrices_of,
    triangles_of,
    whiten,
)
from nija_domain.regimes.history.filtered import filter_history, standardise
from nija_domain.regimes.history.foresight import foresee_bars, typical_likelihoods
from nija_domain.regimes.model import RegimeModel, check_model
from tests.fakes.regime_worlds import KNOWN_MODEL, LEANING_MODEL, correlated, draw_world

PAIR_MODEL = correlated(
    RegimeModel(
        feature_names=("log_return", "ewma_volatility"),
        center=(0.1, 0.0),
        scale=(2.0, 0.5),
        outlier_limit=10.0,
        state_names=("Bull", "Bear"),
        start_probs=(0.7, 0.3),
        transition=((0.9, 0.1), (0.4, 0.6)),
        means=((0.5, 0.0), (-0.8, 0.3)),
        variances=((1.0, 0.5), (2.5, 1.5)),
        log_likelihood_per_bar=-1.0,
        bars_fitted=1,
        converged=True,
    ),
    (0.8, -0.6),
)
PAIR_COVARIANCES = (
    ((1.0, 0.8 * math.sqrt(0.5)), (0.8 * math.sqrt(0.5), 0.5)),
    ((2.5, -0.6 * math.sqrt(3.75)), (-0.6 * math.sqrt(3.75), 1.5)),
)


def _stream(model: RegimeModel, rows: np.ndarray) -> np.ndarray:
    state, filtered = initial_filter(model), []
    for row in rows.tolist():
        state = step_filter(model, state, tuple(row))
        filtered.append(state.probabilities)
    return np.array(filtered)


def _enumerated(rows: list[tuple[float, float]]) -> list[float]:
    """The probability of each last state of the pair, by summing over every path of states."""
    weights = [0.0, 0.0]
    standard = (np.array(rows) - PAIR_MODEL.center) / PAIR_MODEL.scale
    for path in itertools.product(range(2), repeat=len(rows)):
        weight = PAIR_MODEL.start_probs[path[0]]
        for before, after in itertools.pairwise(path):
            weight *= PAIR_MODEL.transition[before][after]
        for state, row in zip(path, standard, strict=True):
            weight *= multivariate_normal.pdf(row, PAIR_MODEL.means[state], PAIR_COVARIANCES[state])
        weights[path[-1]] += weight
    return [weight / sum(weights) for weight in weights]


@given(rows=st.lists(st.tuples(st.floats(-8, 8), st.floats(-2, 2)), min_size=1, max_size=3))
@settings(deadline=None)
def test_the_filter_is_the_sum_over_all_paths(rows: list[tuple[float, float]]) -> None:
    """Three bars, two states and covariances written down by hand: recursion and sum agree."""
    filtered = _stream(PAIR_MODEL, np.array(rows))[-1]

    assert filtered == pytest.approx(_enumerated(rows), abs=1e-10)


@pytest.mark.parametrize("model", [KNOWN_MODEL, LEANING_MODEL])
def test_the_filter_is_hmmlearns_of_either_covariance(model: RegimeModel) -> None:
    """hmmlearn's answer for the last bar of each history so far, and its score of them all."""
    table, _ = draw_world(model, bars=60, seed=1)
    hmm, rows = gaussian_hmm(model), standardise(model, table.values)
    forward = np.array([hmm.predict_proba(rows[:stop])[-1] for stop in range(1, 61)])

    np.testing.assert_allclose(_stream(model, table.values), forward, atol=1e-10)
    assert foresee_bars(model, table).sum() == pytest.approx(hmm.score(rows), rel=1e-10)


def test_a_filter_that_saw_the_variances_alone_would_be_seen() -> None:
    """The comparisons above can fail: without the leaning, probabilities are far off."""
    table, _ = draw_world(LEANING_MODEL, bars=60, seed=1)
    blind = msgspec.structs.replace(LEANING_MODEL, whitening=())
    apart = _stream(LEANING_MODEL, table.values) - _stream(blind, table.values)

    assert np.abs(apart).max() > 0.1


@given(seed=st.integers(0, 2**32), bars=st.integers(0, 120), warm=st.integers(0, 40))
@settings(max_examples=25, deadline=None)
def test_history_is_the_stream_to_the_bit(seed: int, bars: int, warm: int) -> None:
    """Compiled and interpreted agree in every bit, holes included; no bar moves an earlier one."""
    table, _ = draw_world(LEANING_MODEL, bars=200, seed=seed, warm_up_bars=warm)
    table.values[150:155, 1] = np.nan
    filtered = filter_history(LEANING_MODEL, table)
    prefix = msgspec.structs.replace(table, values=table.values[:bars])

    assert filtered.tobytes() == _stream(LEANING_MODEL, table.values).tobytes()
    assert filter_history(LEANING_MODEL, prefix).tobytes() == filtered[:bars].tobytes()


def test_each_bar_is_foreseen_alike_live_and_in_history() -> None:
    """One density, by matrices or by plain loops."""
    table, _ = draw_world(LEANING_MODEL, bars=80, seed=3)
    state, live = initial_filter(LEANING_MODEL), []
    for row in map(tuple, table.values.tolist()):
        live.append(predictive_log_likelihood(LEANING_MODEL, state, row))
        state = step_filter(LEANING_MODEL, state, row)

    np.testing.assert_allclose(foresee_bars(LEANING_MODEL, table), live, rtol=1e-10)


def test_what_is_foreseen_of_some_features_leaves_the_others_out() -> None:
    """The density of two of three is that of their own covariance."""
    table, _ = draw_world(LEANING_MODEL, bars=1, seed=4)
    names, columns = ("trend_strength", "log_return"), [2, 0]
    covariances = covariance_matrices(LEANING_MODEL)[:, columns][..., columns]
    parts = zip(np.array(LEANING_MODEL.means)[:, columns], covariances, strict=True)
    row = standardise(LEANING_MODEL, table.values)[0, columns]
    densities = [multivariate_normal.pdf(row, mean, matrix) for mean, matrix in parts]
    expected = math.log(np.dot(LEANING_MODEL.start_probs, densities))

    assert foresee_bars(LEANING_MODEL, table, targets=names)[0] == pytest.approx(expected)


def test_what_is_typical_is_the_mean_of_what_is_foreseen() -> None:
    """Of a single state, whose bars lean on each other, over many bars of its own."""
    alone = msgspec.structs.replace(
        LEANING_MODEL,
        outlier_limit=50.0,
        state_names=("Bull",),
        start_probs=(1.0,),
        transition=((1.0,),),
        means=LEANING_MODEL.means[:1],
        variances=LEANING_MODEL.variances[:1],
        whitening=LEANING_MODEL.whitening[:1],
    )
    table, _ = draw_world(alone, bars=20_000, seed=4)
    typical = typical_likelihoods(alone, table).mean()

    assert foresee_bars(alone, table).mean() == pytest.approx(typical, abs=0.03)


@given(seed=st.integers(0, 999), features=st.integers(1, 6))
def test_triangles_are_covariances(seed: int, features: int) -> None:
    """Whitened, packed, unpacked and turned back: the same matrix."""
    factors = np.random.default_rng(seed).normal(size=(2, features, features))
    covariances = factors @ np.swapaxes(factors, -1, -2) + 0.1 * np.eye(features)
    triangles = triangles_of(whiten(covariances))
    inverses = np.linalg.inv(matrices_of(triangles))

    assert [len(row) for row in triangles[0]] == list(range(1, features + 1))
    np.testing.assert_allclose(inverses @ np.swapaxes(inverses, -1, -2), covariances, rtol=1e-6)


def test_a_covariance_is_floored_in_every_direction() -> None:
    """Variances of one, and a difference that never varies: the floor holds there too."""
    flat = np.array([[[1.0, 1.0], [1.0, 1.0]], [[1.0, 0.5], [0.5, 1.0]]])
    floored = floor_covariances(flat, least=1e-3)

    assert np.linalg.eigvalsh(floored).min() == pytest.approx(1e-3)
    assert floored[1].tolist() == flat[1].tolist()


def test_a_model_of_before_is_read_and_written_as_it_was() -> None:
    """Text without a word of covariances is a diagonal model, and comes out byte for byte."""
    text = (
        b'{"feature_names":["log_return"],"center":[0.1],"scale":[2.0],"outlier_limit":5.0,'
        b'"state_names":["Bull","Bear"],"start_probs":[0.7,0.3],'
        b'"transition":[[0.9,0.1],[0.4,0.6]],"means":[[0.5],[-0.8]],"variances":[[1.0],[2.5]],'
        b'"log_likelihood_per_bar":-1.0,"bars_fitted":1,"converged":true}'
    )
    model = msgspec.json.decode(text, type=RegimeModel)
    check_model(model)

    assert model.covariance == "diag"
    assert msgspec.json.encode(model) == text


TRIANGLE = LEANING_MODEL.whitening[0]
OTHERS = LEANING_MODEL.whitening[1:]


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        (OTHERS, r"whitening of .* has 2 rows"),
        ((TRIANGLE[:2], *OTHERS), r"whitening\[0\] of .* has 2 rows"),
        (((TRIANGLE[0], TRIANGLE[0], TRIANGLE[2]), *OTHERS), r"whitening\[0\]\[1\] of .* needs 2"),
        ((((math.nan,), *TRIANGLE[1:]), *OTHERS), r"whitening\[0\]\[0\] .* finite"),
        ((((-TRIANGLE[0][0],), *TRIANGLE[1:]), *OTHERS), r"diagonal of whitening\[0\]\[0\]"),
        ((((1e-320,), *TRIANGLE[1:]), *OTHERS), r"whitening\[0\] .* means variances of"),
        ((OTHERS[0], TRIANGLE, OTHERS[1]), r"whitening\[0\] .* where variances has"),
        ((((1e200,), (0.0, 1e200), (0.0, 0.0, 1e200)), *OTHERS), "product of the diagonal"),
    ],
)
def test_a_broken_covariance_is_refused_by_its_place(broken: object, word: str) -> None:
    """Another shape, no positive diagonal, or variances that are not the model's."""
    check_model(LEANING_MODEL)

    with pytest.raises(ReleaseInvalid, match=word):
        check_model(msgspec.structs.replace(LEANING_MODEL, whitening=broken))


def test_states_that_differ_in_their_leaning_alone_are_told_apart() -> None:
    """Same means, same variances: the joint density matches them, the variances could not."""
    alike = msgspec.structs.replace(
        KNOWN_MODEL, means=((0.0,) * 3,) * 3, variances=(KNOWN_MODEL.variances[0],) * 3
    )
    champion = correlated(alike, (0.6, 0.0, -0.4))
    turned = reorder_states(correlated(alike, (0.55, 0.05, -0.35)), (2, 0, 1))
    matched = match_states(turned, champion)
    blind = match_states(msgspec.structs.replace(turned, whitening=()), alike)

    check_model(turned)
    assert matched.model == correlated(alike, (0.55, 0.05, -0.35))
    assert max(matched.distances) < 0.15
    assert blind.distances == pytest.approx((0.0, 0.0, 0.0), abs=1e-7)
