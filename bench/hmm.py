"""Fitting many hidden Markov models: our batch against hmmlearn under joblib, on all cores."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeVar

import msgspec
import numpy as np

from bench.report import Report, Row
from bench.timing import run_python

if TYPE_CHECKING:
    from hmmlearn.hmm import GaussianHMM
    from joblib import Parallel

    from nija_domain.market.candles import FloatColumn
    from nija_domain.regimes.fit_chains import Batch, Climb, Fits, Parameters

Result = TypeVar("Result")

SYMBOLS, RESTARTS, ITERATIONS, BARS, FEATURES, STATES = 4, 10, 50, 20_000, 4, 3
STATE_BARS = 50
ROUNDS = 3
RATIO_MIN: dict[Literal["diag", "full"], float] = {"diag": 7.0, "full": 9.0}
AGREE_LIKELIHOOD, AGREE_PARAMETERS = 1e-9, 1e-7
DYNAMAX_MISSING = "not measured: it needs an environment of its own, which is not made yet"
WORKERS = os.cpu_count() or 1

FIRST_FIT = """
import json, os, time
os.environ["NUMBA_CACHE_DIR"] = {folder!r}
import numpy as np
from bench.hmm import draw_batch, draw_starts
from nija_domain.regimes.fit_chains import Climb, fit_chains
batch, starts = draw_batch(symbols=1, restarts=1, bars=100), draw_starts(1)
start = time.perf_counter()
fit_chains(batch, starts, Climb(n_iter=1))
print(json.dumps({{"s": time.perf_counter() - start}}))
"""


def measure() -> Report:
    """Both peers in the same run, in turn; compilation is timed apart, in fresh processes."""
    with tempfile.TemporaryDirectory(prefix="nija-bench-") as folder:
        code = FIRST_FIT.format(folder=folder)
        cold_s, warm_s = run_python(code)["s"], run_python(code)["s"]
    rows = [_measure_case(covariance_type) for covariance_type in RATIO_MIN]
    for row in rows:
        row |= {"cold_s": round(cold_s, 2), "warm_s": round(warm_s, 3)}
    rows.append({"case": "diag", "peer": "dynamax", "why": DYNAMAX_MISSING})
    return Report(bench="hmm", threads=WORKERS, rows=rows)


def draw_batch(*, symbols: int, restarts: int, bars: int) -> "Batch":
    """Rows of seeded three-state markets, one stretch a symbol, each read by all its restarts."""
    from nija_domain.regimes.fit_chains import Batch

    rng = np.random.default_rng(0)
    rows, centres = np.empty((symbols * bars, FEATURES)), rng.normal(size=(STATES, FEATURES))
    for low in range(0, len(rows), bars):
        states = np.repeat(rng.integers(STATES, size=bars // STATE_BARS + 1), STATE_BARS)[:bars]
        noise = rng.normal(size=(bars, FEATURES)) * (1.0 + states[:, None])
        rows[low : low + bars] = centres[states] + noise
    edges = np.arange(symbols + 1) * bars
    own = np.repeat(np.arange(symbols), restarts)
    return Batch(rows, np.column_stack([edges[:-1], edges[1:]]), np.column_stack([own, own + 1]))


def draw_starts(chains: int) -> "Parameters":
    from nija_domain.regimes.fit_chains import Parameters

    rng = np.random.default_rng(1)
    return Parameters(
        np.full((chains, STATES), 1.0 / STATES),
        np.tile(np.full((STATES, STATES), 0.05) + 0.85 * np.eye(STATES), (chains, 1, 1)),
        rng.normal(size=(chains, STATES, FEATURES)),
        np.tile(4.0 * np.eye(FEATURES), (chains, STATES, 1, 1)),
    )


def _measure_case(covariance_type: Literal["diag", "full"]) -> Row:
    from joblib import Parallel

    from nija_domain.regimes.fit_chains import Climb, fit_chains

    batch = draw_batch(symbols=SYMBOLS, restarts=RESTARTS, bars=BARS)
    starts = draw_starts(len(batch.shares))
    ours = Climb(n_iter=ITERATIONS, tol=-np.inf, covariance_type=covariance_type, workers=WORKERS)
    warm_up = msgspec.structs.replace(ours, n_iter=1)
    fit_chains(batch, starts, warm_up)
    ours_s, peer_s = [], []
    with Parallel(n_jobs=WORKERS) as parallel:
        _fit_peers(parallel, batch, starts, warm_up)
        for _ in range(ROUNDS):
            fits, seconds = _timed(lambda: fit_chains(batch, starts, ours))
            ours_s.append(seconds)
            peers, seconds = _timed(lambda: _fit_peers(parallel, batch, starts, ours))
            peer_s.append(seconds)
    ratio = statistics.median(peer_s) / statistics.median(ours_s)
    likelihoods, parameters = _differences(fits, peers)
    return {
        "case": covariance_type,
        "ours_s": round(statistics.median(ours_s), 3),
        "peer": "hmmlearn scaling, joblib on all cores",
        "peer_s": round(statistics.median(peer_s), 3),
        "ratio": round(ratio, 2),
        "ratio_min": RATIO_MIN[covariance_type],
        "log_likelihoods_differ": likelihoods,
        "parameters_differ": parameters,
        "agree": likelihoods <= AGREE_LIKELIHOOD and parameters <= AGREE_PARAMETERS,
    }


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def _fit_peers(
    parallel: "Parallel", batch: "Batch", starts: "Parameters", climb: "Climb"
) -> list["GaussianHMM"]:
    from joblib import delayed

    fitted: list[GaussianHMM] = parallel(
        delayed(_fit_peer)(
            batch.rows[slice(*batch.spans[first])],
            starts.take(chain),
            climb.n_iter,
            climb.covariance_type,
        )
        for chain, (first, _) in enumerate(batch.shares)
    )
    return fitted


def _fit_peer(
    rows: "FloatColumn", start: "Parameters", iterations: int, covariance_type: str
) -> "GaussianHMM":
    from hmmlearn.hmm import GaussianHMM

    peer = GaussianHMM(
        STATES,
        covariance_type=covariance_type,
        n_iter=iterations,
        tol=-np.inf,
        init_params="",
        implementation="scaling",
    )
    peer.startprob_, peer.transmat_, peer.means_ = start[:3]
    diagonals = np.diagonal(start.covariances, axis1=1, axis2=2)
    peer.covars_ = start.covariances if covariance_type == "full" else diagonals
    return peer.fit(rows)


def _differences(fits: "Fits", peers: list["GaussianHMM"]) -> tuple[float, float]:
    """The largest relative difference of a likelihood, and the largest one of a parameter."""
    likelihoods = [
        np.abs(history / np.array(peer.monitor_.history) - 1.0).max()
        for history, peer in zip(fits.histories, peers, strict=True)
    ]
    parameters = [
        np.abs(ours - theirs).max()
        for chain, peer in enumerate(peers)
        for ours, theirs in zip(
            fits.parameters.take(chain),
            (peer.startprob_, peer.transmat_, peer.means_, peer.covars_),
            strict=True,
        )
    ]
    return float(max(likelihoods)), float(max(parameters))
