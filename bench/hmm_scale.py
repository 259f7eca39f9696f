"""Whether a batch of two thousand markets costs each of them what a batch of ten does."""

import os

from bench.report import Report, Row, against_limit
from bench.timing import run_python

CHAINS, BARS, ITERATIONS = (10, 100, 500, 2_000), 20_000, 3
WORKERS = os.cpu_count() or 1
MEMORY_GB_MAX = 2.0
SPREAD_MAX = 1.5
"""How much dearer the dearest chain may be than the cheapest; the machine has other work too."""

PROBE = """
import json, resource, time
import numpy as np
from bench.hmm import draw_batch, draw_starts
from nija_domain.regimes.fitting.chains import Climb, fit_chains
batch, starts = draw_batch(symbols={chains}, restarts=1, bars={bars}), draw_starts({chains})
climb = Climb(n_iter={iterations}, tol=-np.inf, workers={workers})
fit_chains(draw_batch(symbols=1, restarts=1, bars=100), draw_starts(1), Climb(n_iter=1))
took_s = []
for _ in range({rounds}):
    start = time.perf_counter()
    fit_chains(batch, starts, climb)
    took_s.append(time.perf_counter() - start)
peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
print(json.dumps({{"s": min(took_s), "peak_gb": peak_gb}}))
"""


def measure() -> Report:
    """Each chain has a market of its own; each size runs in a process of its own."""
    sizes = {chains: _measure_size(chains) for chains in CHAINS}
    cheapest_s = min(answer["s"] / chains for chains, answer in sizes.items())
    rows = [_row(chains, answer, cheapest_s) for chains, answer in sizes.items()]
    return Report(bench="hmm_scale", threads=WORKERS, rows=rows)


def _row(chains: int, answer: dict[str, float], cheapest_s: float) -> Row:
    """Seconds a chain, beside the most that the cheapest size allows it."""
    return against_limit(
        f"one of {chains} chains of {BARS} bars, {ITERATIONS} iterations",
        answer["s"] / chains,
        limit_s=SPREAD_MAX * cheapest_s,
        holds=answer["peak_gb"] < MEMORY_GB_MAX,
        batch_s=answer["s"],
        peak_gb=answer["peak_gb"],
        peak_gb_max=MEMORY_GB_MAX,
    )


def _measure_size(chains: int) -> dict[str, float]:
    return run_python(
        PROBE.format(
            chains=chains,
            bars=BARS,
            iterations=ITERATIONS,
            workers=WORKERS,
            rounds=max(3, 100 // chains),
        )
    )
