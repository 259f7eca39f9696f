"""Rolling covariance against its naive recomputation, BLAS on one thread."""

from bench.report import Report, Row
from bench.timing import interleave, median

ROUNDS = 3
WINDOWS, ASSETS = 1_000, 500
WINDOW_BARS = (500, 1_000)
NAIVE_SAMPLED = 50
AGREEMENT = 1e-9
RATIO_MIN = 15.0
PREPARE = f"""
import os
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
import json, time
import numpy as np
from nija_domain.allocation.rolling_covariance import roll_covariances
bars = {{bars}}
table = np.random.default_rng(7).normal(0.0, 0.01, size=(bars + {WINDOWS} - 1, {ASSETS}))
"""
OURS = """
start = time.perf_counter()
for covariance in roll_covariances(table, window=bars):
    pass
took_s = time.perf_counter() - start
worst = 0.0
for place, covariance in enumerate(roll_covariances(table, window=bars)):
    if place % {step} == 0 or place == {last}:
        naive = np.cov(table[place : place + bars], rowvar=False)
        worst = max(worst, float(np.abs(covariance - naive).max()))
print(json.dumps({{"s": took_s, "worst": worst}}))
"""
NAIVE = """
start = time.perf_counter()
for place in range({sampled}):
    window = table[place : place + bars]
    centred = window - window.mean(axis=0)
    covariance = centred.T @ centred / (bars - 1)
print(json.dumps({{"s": (time.perf_counter() - start) * {windows} / {sampled}}}))
"""


def measure() -> Report:
    ours = OURS.format(step=WINDOWS // NAIVE_SAMPLED, last=WINDOWS - 1)
    naive = NAIVE.format(sampled=NAIVE_SAMPLED, windows=WINDOWS)
    cases = {}
    for bars in WINDOW_BARS:
        cases[f"{bars}"] = PREPARE.format(bars=bars) + ours
        cases[f"{bars} naive"] = PREPARE.format(bars=bars) + naive
    answers = interleave(cases, rounds=ROUNDS)
    return Report(bench="covariance", threads=1, rows=[_row(bars, answers) for bars in WINDOW_BARS])


def _row(bars: int, answers: dict[str, list[dict[str, float]]]) -> Row:
    ours, naive = answers[f"{bars}"], answers[f"{bars} naive"]
    ours_s, naive_s = median(ours, "s"), median(naive, "s")
    worst = max(answer["worst"] for answer in ours)
    return Row(
        case=f"{WINDOWS} windows of {bars} bars × {ASSETS} assets",
        ours_s=ours_s,
        peer=f"naive recomputation, {NAIVE_SAMPLED} windows timed",
        peer_s=naive_s,
        agree=worst <= AGREEMENT,
        more={"ratio_min": RATIO_MIN, "worst_difference": worst},
    )
