"""Fitting many hidden Markov models: our batch against hmmlearn under joblib, and dynamax."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec
import numpy as np

from bench.peers.environment import MISSING, is_made, run_peer
from bench.report import Report, Row
from bench.timing import run_python

if TYPE_CHECKING:
    from hmmlearn.hmm import GaussianHMM
    from joblib import Parallel

    from nija_domain.market.candles import FloatColumn
    from nija_domain.regimes.fitting.chains import Batch, Climb, Fits, Parameters

Result = TypeVar("Result")
Fitted = Sequence[tuple["FloatColumn", ...]]
"""Of each chain the start, the transition, the means and the covariances."""

SYMBOLS, RESTARTS, ITERATIONS, BARS, FEATURES, STATES = 4, 10, 50, 20_000, 4, 3
STATE_BARS = 50
ROUNDS = 3
RATIO_MIN: dict[Literal["diag", "full"], float] = {"diag": 7.0, "full": 9.0}
AGREE_LIKELIHOOD, AGREE_PARAMETERS = 1e-9, 1e-7
HMMLEARN = "hmmlearn scaling, joblib on all cores"
DYNAMAX = "dynamax, one compiled batch, float64"
WORKERS = os.cpu_count() or 1

FIRST_FIT = """
import json, os, time
os.environ["NUMBA_CACHE_DIR"] = {folder!r}
import numpy as np
from bench.hmm import draw_batch, draw_starts
from nija_domain.regimes.fitting.chains import Climb, fit_chains
batch, starts = draw_batch(symbols=1, restarts=1, bars=100), draw_starts(1)
start = time.perf_counter()
fit_chains(batch, starts, Climb(n_iter=1))
print(json.dumps({{"s": time.perf_counter() - start}}))
"""


def measure() -> Report:
    """The peers in the same run, in turn; compilation is timed apart, in fresh processes."""
    with tempfile.TemporaryDirectory(prefix="nija-bench-") as folder:
        code = FIRST_FIT.format(folder=folder)
        cold_s, warm_s = run_python(code)["s"], run_python(code)["s"]
    compiled = {"cold_s": cold_s, "warm_s": warm_s}
    rows = [
        msgspec.structs.replace(row, more=row.more | compiled)
        for covariance_type in RATIO_MIN
        for row in _measure_case(covariance_type)
    ]
    return Report(bench="hmm", threads=WORKERS, rows=rows)


def draw_batch(*, symbols: int, restarts: int, bars: int) -> "Batch":
    """Rows of seeded three-state markets, one stretch a symbol, each read by all its restarts."""
    from nija_domain.regimes.fitting.chains import Batch

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
    from nija_domain.regimes.fitting.chains import Parameters

    rng = np.random.default_rng(1)
    return Parameters(
        np.full((chains, STATES), 1.0 / STATES),
        np.tile(np.full((STATES, STATES), 0.05) + 0.85 * np.eye(STATES), (chains, 1, 1)),
        rng.normal(size=(chains, STATES, FEATURES)),
        np.tile(4.0 * np.eye(FEATURES), (chains, STATES, 1, 1)),
    )


def _measure_case(covariance_type: Literal["diag", "full"]) -> list[Row]:
    """Each round ours, then hmmlearn, then dynamax; a missing peer is said, never guessed."""
    from joblib import Parallel

    from nija_domain.regimes.fitting.chains import Climb, fit_chains

    batch = draw_batch(symbols=SYMBOLS, restarts=RESTARTS, bars=BARS)
    starts = draw_starts(len(batch.shares))
    ours = Climb(n_iter=ITERATIONS, tol=-np.inf, covariance_type=covariance_type, workers=WORKERS)
    warm_up = msgspec.structs.replace(ours, n_iter=1)
    fit_chains(batch, starts, warm_up)
    ours_s, peer_s, dynamax = [], [], []
    with Parallel(n_jobs=WORKERS) as parallel:
        _fit_peers(parallel, batch, starts, warm_up)
        for _ in range(ROUNDS):
            fits, seconds = _timed(lambda: fit_chains(batch, starts, ours))
            ours_s.append(seconds)
            peers, seconds = _timed(lambda: _fit_peers(parallel, batch, starts, ours))
            peer_s.append(seconds)
            if is_made():
                dynamax.append(_fit_dynamax(batch, starts, ours))
    by_hmmlearn = [(p.startprob_, p.transmat_, p.means_, p.covars_) for p in peers]
    likelihoods, parameters = _likelihoods_differ(fits, peers), _differ(fits, by_hmmlearn)
    beside_hmmlearn = Row(
        case=covariance_type,
        ours_s=statistics.median(ours_s),
        peer=HMMLEARN,
        peer_s=statistics.median(peer_s),
        agree=likelihoods <= AGREE_LIKELIHOOD and parameters <= AGREE_PARAMETERS,
        more={
            "ratio_min": RATIO_MIN[covariance_type],
            "log_likelihoods_differ": likelihoods,
            "parameters_differ": parameters,
        },
    )
    return [beside_hmmlearn, _dynamax_row(beside_hmmlearn, fits, dynamax)]


def _dynamax_row(beside: Row, fits: "Fits", rounds: list[tuple[dict[str, Any], Fitted]]) -> Row:
    """The same case and the same runs of ours as in the row beside hmmlearn."""
    missing = Row(
        case=beside.case,
        ours_s=beside.ours_s,
        peer=DYNAMAX,
        peer_s=None,
        agree=None,
        more={"why": MISSING},
    )
    if not rounds:
        return missing
    peer_s, compile_s = ([report[key] for report, _ in rounds] for key in ("s", "compile_s"))
    parameters = _differ(fits, rounds[-1][1])
    return msgspec.structs.replace(
        missing,
        peer_s=statistics.median(peer_s),
        agree=parameters <= AGREE_PARAMETERS,
        more={
            "peer_compile_s": statistics.median(compile_s),
            "parameters_differ": parameters,
        },
    )


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


def _fit_dynamax(
    batch: "Batch", starts: "Parameters", climb: "Climb"
) -> tuple[dict[str, Any], Fitted]:
    """What it tells of its time, and each chain's parameters."""
    emissions = [batch.rows[slice(*batch.spans[first])] for first, _ in batch.shares]
    with tempfile.TemporaryDirectory(prefix="nija-bench-") as folder:
        np.savez(
            Path(folder) / "problem.npz",
            emissions=np.stack(emissions),
            iterations=climb.n_iter,
            is_full=climb.covariance_type == "full",
            covars_prior=climb.covars_prior,
            **starts._asdict(),
        )
        report = run_peer("bench.peers.hmm_dynamax", Path(folder))
        fitted = dict(np.load(Path(folder) / "fitted.npz"))
    return report, list(zip(*(fitted[name] for name in starts._fields), strict=True))


def _likelihoods_differ(fits: "Fits", peers: list["GaussianHMM"]) -> float:
    """The largest relative difference, over every iteration."""
    return float(
        max(
            np.abs(history / np.array(peer.monitor_.history) - 1.0).max()
            for history, peer in zip(fits.histories, peers, strict=True)
        )
    )


def _differ(fits: "Fits", fitted: Fitted) -> float:
    """The largest difference of a parameter, over every chain."""
    return float(
        max(
            np.abs(ours - theirs).max()
            for chain, parameters in enumerate(fitted)
            for ours, theirs in zip(fits.parameters.take(chain), parameters, strict=True)
        )
    )
