"""The batch gives hmmlearn's estimates, and each degenerate chain its own ending."""

import itertools
import logging
import os
import subprocess
import sys

import msgspec
import numpy as np
import pytest
from hmmlearn.hmm import GaussianHMM
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.errors import NumberInvalid
from nija_domain.regimes.fitting.chains import Batch, Climb, Parameters, as_hmmlearn, fit_chains
from tests.fakes.programs import ROOT


def _draw_rows(bars: int, *, features: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    states = np.repeat(rng.integers(3, size=bars // 20 + 1), 20)[:bars]
    return rng.normal(size=(bars, features)) * (0.5 + states[:, None]) + states[:, None] - 1.0


def _draw_starts(chains: int, *, states: int, features: int, seed: int = 0) -> Parameters:
    rng = np.random.default_rng(seed)
    factors = np.tril(rng.normal(size=(chains, states, features, features)), -1) * 0.3
    factors += np.eye(features) * rng.uniform(0.8, 2.0, size=(chains, states, 1, 1))
    return Parameters(
        rng.dirichlet(np.ones(states), size=chains),
        rng.dirichlet(np.ones(states) * 4, size=(chains, states)),
        rng.normal(size=(chains, states, features)),
        factors @ np.swapaxes(factors, -1, -2),
    )


def _whole(rows: np.ndarray, *, chains: int = 1, lengths: list[int] | None = None) -> Batch:
    edges = np.cumsum([0, *(lengths or [len(rows)])])
    spans = np.column_stack([edges[:-1], edges[1:]])
    return Batch(rows, spans, np.tile([0, len(spans)], (chains, 1)))


def _peer(rows: np.ndarray, lengths: list[int], start: Parameters, climb: Climb) -> GaussianHMM:
    found = msgspec.structs.asdict(climb)
    found.pop("workers")
    peer = GaussianHMM(len(start.start), init_params="", implementation="scaling", **found)
    peer.startprob_, peer.transmat_, peer.means_ = start[:3]
    diagonals = np.diagonal(start.covariances, axis1=1, axis2=2)
    peer.covars_ = start.covariances if climb.covariance_type == "full" else diagonals
    return peer.fit(rows, lengths)


def _difference(
    rows: np.ndarray, lengths: list[int], start: Parameters, climb: Climb, bug: dict | None = None
) -> float:
    """By how much ours and hmmlearn's differ: likelihoods relative times 100, or parameters."""
    fits = fit_chains(
        _whole(rows, lengths=lengths),
        Parameters(*(part[None] for part in start)),
        msgspec.structs.replace(climb, **(bug or {})),
    )
    peer = _peer(rows, lengths, start, climb)
    ours, theirs = fits.histories[0], np.array(peer.monitor_.history)
    assert len(ours) == len(theirs)
    found = fits.parameters.take(0)
    gaps = [
        np.abs(found.start - peer.startprob_).max(),
        np.abs(found.transition - peer.transmat_).max(),
        np.abs(found.means - peer.means_).max(),
        np.abs(found.covariances - peer.covars_).max(),
        100.0 * np.abs(ours / theirs - 1.0).max(),
    ]
    return float(max(gaps))


@pytest.mark.parametrize("covariance_type", ["diag", "full"])
@pytest.mark.parametrize(("states", "features"), [(2, 1), (3, 4)])
def test_estimates_are_hmmlearns(covariance_type: str, states: int, features: int) -> None:
    """Likelihoods to 1e-9 relative and parameters to 1e-7, after the same number of steps."""
    rows = _draw_rows(1_500, features=features, seed=states)
    start = _draw_starts(1, states=states, features=features).take(0)
    climb = Climb(n_iter=25, tol=-np.inf, covariance_type=covariance_type)

    assert _difference(rows, [700, 1, 299, 500], start, climb) < 1e-7


@given(seed=st.integers(0, 2**20), first=st.integers(1, 599), is_full=st.booleans())
@settings(max_examples=20, deadline=None)
def test_any_priors_and_stretches_are_hmmlearns(seed: int, first: int, is_full: bool) -> None:
    """Whatever is believed beforehand, and wherever one stretch ends and the next begins."""
    rng = np.random.default_rng(seed)
    climb = Climb(
        n_iter=6,
        tol=-np.inf,
        covariance_type="full" if is_full else "diag",
        startprob_prior=rng.uniform(1, 4),
        transmat_prior=rng.uniform(1, 4),
        means_prior=rng.normal(),
        means_weight=rng.uniform(0, 9),
        covars_prior=rng.uniform(0.01, 1),
        covars_weight=rng.uniform(0, 9),
    )
    rows = _draw_rows(600, features=3, seed=seed)
    start = _draw_starts(1, states=3, features=3, seed=seed).take(0)

    assert _difference(rows, [first, 600 - first], start, climb) < 1e-7


@pytest.mark.parametrize(
    "bug", [{"covars_prior": 0.0101}, {"transmat_prior": 1.01}, {"means_weight": 0.01}]
)
def test_a_small_fault_in_the_steps_would_be_seen(bug: dict[str, float]) -> None:
    """A prior that is off by a hundredth is far outside of what the comparison lets pass."""
    rows = _draw_rows(400, features=2, seed=5)
    start = _draw_starts(1, states=2, features=2).take(0)

    assert _difference(rows, [400], start, Climb(n_iter=5, tol=-np.inf), bug) > 1e-6


def _enumerate(rows: np.ndarray, start: Parameters) -> tuple[float, np.ndarray, np.ndarray]:
    """Likelihood, expected moves and masses by summing over every path of states."""
    bars, states = len(rows), len(start.start)
    moves, masses, likelihood = np.zeros((states, states)), np.zeros(states), 0.0
    for path in itertools.product(range(states), repeat=bars):
        weight = start.start[path[0]]
        for before, after in itertools.pairwise(path):
            weight *= start.transition[before, after]
        for state, row in zip(path, rows, strict=True):
            inverse = np.linalg.inv(start.covariances[state])
            error = row - start.means[state]
            norm = np.sqrt(np.linalg.det(2 * np.pi * start.covariances[state]))
            weight *= np.exp(-0.5 * error @ inverse @ error) / norm
        likelihood += weight
        for before, after in itertools.pairwise(path):
            moves[before, after] += weight
        np.add.at(masses, list(path), weight)
    return likelihood, moves / likelihood, masses / likelihood


@given(seed=st.integers(0, 2**20))
@settings(max_examples=20, deadline=None)
def test_one_step_is_the_sum_over_all_paths(seed: int) -> None:
    """Three bars and two states: likelihood and transitions agree with enumeration."""
    rows = _draw_rows(3, features=2, seed=seed)
    starts = _draw_starts(1, states=2, features=2, seed=seed)
    likelihood, moves, _ = _enumerate(rows, starts.take(0))

    fits = fit_chains(_whole(rows), starts, Climb(n_iter=1, covariance_type="full"))

    assert np.exp(fits.histories[0][0]) == pytest.approx(likelihood, rel=1e-10)
    expected = moves / moves.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(fits.parameters.transition[0], expected, rtol=1e-9)


def test_the_result_is_an_hmmlearn_model() -> None:
    """It scores in hmmlearn as it does here, with the history of its climb."""
    rows, climb = _draw_rows(900, features=2, seed=1), Climb(n_iter=40, tol=1e-3)
    fits = fit_chains(_whole(rows), _draw_starts(1, states=3, features=2), climb)
    again = fit_chains(_whole(rows), fits.parameters, Climb(n_iter=1))
    hmm = as_hmmlearn(fits, 0, climb)

    assert hmm.score(rows) == pytest.approx(again.histories[0][0], rel=1e-10)
    assert list(hmm.monitor_.history) == fits.histories[0].tolist()
    assert hmm.monitor_.converged == (fits.endings[0] == "converged")


def test_a_climb_ends_where_hmmlearns_does() -> None:
    """The same tolerance ends both at the same step."""
    rows, climb = _draw_rows(900, features=2, seed=2), Climb(n_iter=300, tol=0.5)
    starts = _draw_starts(1, states=2, features=2)
    fits = fit_chains(_whole(rows), starts, climb)

    assert fits.endings == ["converged"]
    assert len(fits.histories[0]) == _peer(rows, [900], starts.take(0), climb).monitor_.iter


def test_company_changes_nothing() -> None:
    """Many chains on overlapping shares, on any number of workers, are each one's own."""
    rows = _draw_rows(1_200, features=2, seed=3)
    spans = np.array([[0, 400], [400, 800], [300, 1_200]])
    shares = np.array([[0, 1], [0, 2], [1, 3], [2, 3], [0, 3]] * 3)
    starts = _draw_starts(15, states=2, features=2)
    climb = Climb(n_iter=30, tol=0.1, workers=3)
    together = fit_chains(Batch(rows, spans, shares), starts, climb)

    for chain in (0, 1, 2, 7, 14):
        alone = fit_chains(
            Batch(rows, spans, shares[[chain]]),
            starts.take(np.array([chain])),
            Climb(n_iter=30, tol=0.1),
        )
        assert alone.endings[0] == together.endings[chain]
        assert alone.histories[0].tobytes() == together.histories[chain].tobytes()
        for part, other in zip(alone.parameters, together.parameters, strict=True):
            assert part[0].tobytes() == other[chain].tobytes()


def test_outliers_do_not_underflow() -> None:
    """Where hmmlearn's scaling gives up, the likelihood is that of its logarithms."""
    rows = _draw_rows(300, features=2, seed=4)
    rows[100] = 400.0
    starts, climb = _draw_starts(1, states=2, features=2), Climb(n_iter=1)
    fits = fit_chains(_whole(rows), starts, climb)
    with pytest.raises(ValueError, match="underflow"):
        _peer(rows, [300], starts.take(0), climb)
    by_logs = as_hmmlearn(fits, 0, climb).set_params(implementation="log")
    by_logs.startprob_, by_logs.transmat_, by_logs.means_ = starts.take(0)[:3]
    by_logs.covars_ = np.diagonal(starts.covariances[0], axis1=1, axis2=2)

    assert fits.histories[0][0] == pytest.approx(by_logs.score(rows), rel=1e-9)


def test_constant_rows_keep_the_variance_of_the_prior() -> None:
    """Nothing but the prior is left of the spread, and every number is finite."""
    rows = np.full((200, 2), 0.7)
    fits = fit_chains(_whole(rows), _draw_starts(1, states=2, features=2), Climb(n_iter=5))

    assert fits.endings[0] in {"exhausted", "converged"}
    assert all(np.isfinite(part).all() for part in fits.parameters)
    variances = np.diagonal(fits.parameters.covariances[0], axis1=1, axis2=2)
    assert variances.sum(axis=1) == pytest.approx(0.02 / 200 * np.ones(2), rel=4.0)


@pytest.mark.parametrize("covariance_type", ["diag", "full"])
def test_two_points_are_fitted_as_hmmlearn_fits_them(covariance_type: str) -> None:
    """Fewer bars than parameters: the same step, and a climb of finite numbers only."""
    rows = np.array([[0.0, 1.0], [1.0, -1.0]])
    starts = _draw_starts(1, states=2, features=2)
    logging.getLogger("hmmlearn").setLevel(logging.ERROR)
    climb = Climb(n_iter=1, tol=-np.inf, covariance_type=covariance_type)
    fits = fit_chains(_whole(rows), starts, msgspec.structs.replace(climb, n_iter=30))

    assert _difference(rows, [2], starts.take(0), climb) < 1e-7
    assert all(np.isfinite(part).all() for part in fits.parameters)


def test_a_row_that_is_no_number_is_refused() -> None:
    """By its place, with the remedy; nothing is fitted around it."""
    rows = _draw_rows(100, features=2, seed=6)
    rows[17, 1] = np.nan

    with pytest.raises(NumberInvalid, match=r"rows\[17\] is .* leave out the bars"):
        fit_chains(_whole(rows), _draw_starts(1, states=2, features=2), Climb())


def test_a_state_that_dies_is_told_and_keeps_its_parameters() -> None:
    """A state no bar comes near ends its chain, at its start, and no other one."""
    rows = _draw_rows(300, features=1, seed=7)
    starts = _draw_starts(2, states=2, features=1)
    starts.means[1, 1] = 1e6
    fits = fit_chains(_whole(rows, chains=2), starts, Climb(n_iter=20))

    assert fits.endings[0] in {"exhausted", "converged"}
    assert fits.endings[1] == "dead_state"
    assert np.array_equal(fits.parameters.means[1], starts.means[1])


def test_collinear_features_collapse_or_are_what_hmmlearn_makes_of_them() -> None:
    """A covariance without an inverse is jittered as there, and told where that is no help."""
    rows = _draw_rows(300, features=1, seed=8)
    rows = np.column_stack([rows, -3.0 * rows])
    start = _draw_starts(1, states=2, features=2).take(0)
    climb = Climb(n_iter=8, tol=-np.inf, covariance_type="full")
    beyond = start._replace(covariances=start.covariances * 0.0 - np.eye(2))
    fits = fit_chains(_whole(rows), Parameters(*(part[None] for part in beyond)), climb)

    assert _difference(rows, [300], start, climb) < 1e-6
    assert fits.endings == ["collapsed"]


def test_a_place_without_a_cache_compiles_anew() -> None:
    """Where numba finds no folder to write to, the kernel loads all the same."""
    code = "from nija_domain.regimes.fitting.kernel import expect; print(expect.py_func.__name__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "NUMBA_CACHE_LOCATOR_CLASSES": "ZipCacheLocator"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip() == "expect", done.stderr


def test_an_impossible_bar_is_told() -> None:
    """Where no state can be, there is no likelihood to climb."""
    starts = _draw_starts(1, states=2, features=1)
    starts.start[:] = 0.0
    fits = fit_chains(_whole(_draw_rows(50, features=1, seed=9)), starts, Climb())

    assert fits.endings == ["impossible"]
    assert len(fits.histories[0]) == 0


@pytest.mark.parametrize(
    ("spans", "shares", "named"),
    [
        ([[0, 4]], [[0, 1], [0, 1]], "shares do not fit .* one for each of the 1 chains"),
        ([[2, 2]], [[0, 1]], "spans do not fit .* within 4 rows"),
        ([[0, 5]], [[0, 1]], "spans do not fit"),
        ([[-1, 4]], [[0, 1]], "spans do not fit"),
        ([[0, 4]], [[0, 2]], "shares do not fit .* within 1 spans"),
        ([[0, 4]], [[1, 1]], "shares do not fit"),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(
    spans: list[list[int]], shares: list[list[int]], named: str
) -> None:
    """By the field and what it must be; nothing outside of the rows is ever read."""
    batch = Batch(np.zeros((4, 1)), np.array(spans), np.array(shares))

    with pytest.raises(NumberInvalid, match=named):
        fit_chains(batch, _draw_starts(1, states=2, features=1), Climb())


def test_starts_of_other_features_are_refused() -> None:
    """The rows have one, the starts two."""
    with pytest.raises(NumberInvalid, match=r"starts do not fit .* 1 features"):
        fit_chains(_whole(np.zeros((4, 1))), _draw_starts(1, states=2, features=2), Climb())


def test_one_step_has_not_converged() -> None:
    """There is nothing yet that it could have gained over."""
    fits = fit_chains(
        _whole(_draw_rows(50, features=1, seed=1)),
        _draw_starts(1, states=2, features=1),
        Climb(n_iter=1),
    )

    assert fits.endings == ["exhausted"]
