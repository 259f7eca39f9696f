"""Five hundred symbols of one-minute candles, ingested and featured: seconds, size, peak memory."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from bench.markets import BAR_US, KNOWN_US, draw_markets
from bench.report import Row
from bench.timing import run_python
from nija_adapters.lake.lake import Lake
from nija_domain.market.candles import CandleHistory
from nija_domain.market.timeframes import DAY_US

SEED = 11
SYMBOLS = 500
SMALL_DAYS, FULL_DAYS = 3, 90
SYMBOLS_A_DELIVERY = 25
PEAK_MB_MAX = 8_000.0
PROBE = (
    "from bench.universe import run_universe, as_text; print(as_text(run_universe(days={days})))"
)


class UniverseRun(msgspec.Struct, frozen=True, kw_only=True):
    rows: int
    ingest_s: float
    merge_s: float
    feature_s: float
    megabytes: float
    files: int
    peak_mb: float
    held_rows: int
    featured_rows: int


def measure_universe(*, days: int = SMALL_DAYS) -> Row:
    """In a process of its own, whose peak memory is its own."""
    found = run_python(PROBE.format(days=days))
    whole = found["rows"] == found["held_rows"] == found["featured_rows"]
    return Row(
        case=f"{SYMBOLS} symbols × {days} days of 1 m",
        ours_s=found["ingest_s"] + found["merge_s"] + found["feature_s"],
        peer=f"limit {PEAK_MB_MAX:g} MB of memory",
        peer_s=None,
        agree=whole and found["peak_mb"] <= PEAK_MB_MAX,
        more=found,
    )


def run_universe(*, days: int) -> UniverseRun:
    """Deliveries of some symbols at a time; features computed and written as the pipelines do."""
    ingest_s = 0.0
    with tempfile.TemporaryDirectory(prefix="nija-bench-") as folder, Lake(Path(folder)) as lake:
        for histories in _deliveries(days):
            start = time.perf_counter()
            lake.append_candles(
                histories, venue="bench", timeframe_us=BAR_US, source="bench", known_at_us=KNOWN_US
            )
            ingest_s += time.perf_counter() - start
        start = time.perf_counter()
        lake.merge_files()
        merge_s = time.perf_counter() - start
        start = time.perf_counter()
        featured = _feature_all(lake)
        feature_s = time.perf_counter() - start
        candles = next(t for t in lake.status().tables if t.name == "candle_rows")
    return UniverseRun(
        rows=SYMBOLS * days * DAY_US // BAR_US,
        ingest_s=round(ingest_s, 2),
        merge_s=round(merge_s, 2),
        feature_s=round(feature_s, 2),
        megabytes=round(candles.bytes / 1e6, 1),
        files=candles.files,
        peak_mb=round(_peak_mb(), 1),
        held_rows=candles.rows,
        featured_rows=featured,
    )


def as_text(run: UniverseRun) -> str:
    return msgspec.json.encode(run).decode()


def _deliveries(days: int) -> Iterator[list[CandleHistory]]:
    """All days of a few symbols, then of the next few: so a back-fill comes."""
    rng, bars = np.random.default_rng(SEED), days * DAY_US // BAR_US
    for first in range(0, SYMBOLS, SYMBOLS_A_DELIVERY):
        yield draw_markets(rng, symbols=SYMBOLS_A_DELIVERY, bars=bars, first=first)


def _feature_all(lake: Lake) -> int:
    """How many feature rows are in the lake once every symbol's have been written."""
    from nija_domain.features.history.feature_rows import compute_all_features

    symbols = [f"S{number:03d}/USD" for number in range(SYMBOLS)]
    histories = lake.stream_candles(
        symbols, venue="bench", timeframe_us=BAR_US, snapshot=lake.snapshot()
    )
    return lake.write_features(compute_all_features(histories))


def _peak_mb() -> float:
    import resource

    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / 1024


if __name__ == "__main__":
    days = int(sys.argv[1]) if len(sys.argv) > 1 else FULL_DAYS
    sys.stdout.write(
        json.dumps(measure_universe(days=days).as_dict() | {"threads": os.cpu_count()}) + "\n"
    )
