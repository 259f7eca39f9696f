"""Every feature of a symbol over a year of minutes, nine times, against polars and pandas."""

import os
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.peers.features_pandas import with_pandas
from bench.peers.features_polars import with_polars
from bench.report import Report, Row
from bench.timing import interleave, median, run_python

if TYPE_CHECKING:
    from nija_domain.market.candles import CandleHistory

SYMBOLS, BARS = 9, 525_600
ROUNDS, WARM_RUNS = 3, 7
SMALLEST_SCALE = DIFFERENCE_MAX = 1e-6
RATIO_MIN = {"polars": 5.0, "pandas": 10.0}
RSS_MB_MAX = 700.0
CODE = "import json; from bench.features import {call}; print(json.dumps({call}{arguments}))"

Arrays = Iterator[tuple[str, dict[str, np.ndarray]]]


def measure() -> Report:
    """Fresh processes in turn; the candles are there before the clock starts."""
    cases = {name: CODE.format(call="time_case", arguments=f"({name!r})") for name in CASES}
    answers = interleave(cases, rounds=ROUNDS)
    check = run_python(CODE.format(call="compare", arguments="()"))
    rows = [_row(peer, answers, check) for peer in RATIO_MIN]
    return Report(bench="features", threads=os.cpu_count() or 1, rows=rows)


def _row(peer: str, answers: dict[str, list[dict[str, Any]]], check: dict[str, Any]) -> Row:
    """Polars' values are compared; pandas is timed only, and its row says so by an empty field."""
    ours = answers["ours"]
    compared = peer == "polars"
    return Row(
        case=f"{SYMBOLS} symbols x {BARS} bars x {check['features']} features",
        ours_s=median(ours, "s"),
        peer=peer,
        peer_s=median(answers[peer], "s"),
        agree=check["agree"] if compared else None,
        more={
            "ratio_min": RATIO_MIN[peer],
            "compile_s": median(ours, "compile_s"),
            "rss_mb": round(median(ours, "rss_mb")),
            "rss_mb_max": RSS_MB_MAX,
            "rows_compared": check["rows"] if compared else 0,
            "worst_difference": check["worst"] if compared else None,
        },
    )


def time_case(name: str) -> dict[str, float]:
    """Seconds over all symbols, each result looked at and let go: the median of warm runs."""
    from nija_domain.features.history.feature_rows import compute_features

    histories = [_history(number, BARS) for number in range(SYMBOLS)]
    start = time.perf_counter()
    if name == "ours":
        compute_features(histories[0].cut(2))
    compile_s = time.perf_counter() - start
    _run(name, histories[:1])
    runs_s = [_run(name, histories) for _ in range(WARM_RUNS)]
    rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"s": statistics.median(runs_s), "compile_s": compile_s, "rss_mb": rss_mb}


def _run(name: str, histories: list["CandleHistory"]) -> float:
    start = time.perf_counter()
    for _, arrays in CASES[name](histories):
        arrays["rsi"][-1:].sum()
    return time.perf_counter() - start


def compare() -> dict[str, Any]:
    """Every value of every row against polars; where one is no number, so is the other."""
    histories = [_history(number, BARS) for number in range(SYMBOLS)]
    worst, rows, agree, names = 0.0, 0, True, 0
    for (_, ours), (_, peer) in zip(_ours(histories), with_polars(histories), strict=True):
        names = len(ours)
        for name, values in ours.items():
            known = np.isfinite(values)
            scale = np.maximum(np.abs(values[known]), SMALLEST_SCALE)
            worst = max(worst, float(np.max(np.abs(values[known] - peer[name][known]) / scale)))
            agree = agree and bool(np.isnan(values[: len(values) - known.sum()]).all())
        rows += len(values)
    return {
        "worst": worst,
        "rows": rows,
        "agree": agree and worst < DIFFERENCE_MAX,
        "features": names,
    }


def _ours(histories: Iterable["CandleHistory"]) -> Arrays:
    from nija_domain.features.history.feature_rows import compute_all_features

    for table in compute_all_features(histories, side_by_side=os.cpu_count() or 1):
        yield table.symbol, {name: table.values[:, n] for n, name in enumerate(table.names)}


CASES: dict[str, Callable[[list["CandleHistory"]], Arrays]] = {
    "ours": _ours,
    "polars": with_polars,
    "pandas": with_pandas,
}


def _history(number: int, bars: int) -> "CandleHistory":
    from nija_domain.market.candles import CandleHistory

    rng = np.random.default_rng(number)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.0005, bars)))
    open_ = close * np.exp(rng.normal(0.0, 0.0001, bars))
    return CandleHistory(
        symbol=f"S{number}/USD",
        ts_us=np.arange(bars, dtype=np.int64) * 60_000_000,
        open=open_,
        high=np.maximum(open_, close) * np.exp(np.abs(rng.normal(0.0, 0.0002, bars))),
        low=np.minimum(open_, close) * np.exp(-np.abs(rng.normal(0.0, 0.0002, bars))),
        close=close,
        volume=rng.gamma(2.0, 5.0, bars),
    )
