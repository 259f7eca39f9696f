"""What the lake costs: bulk against polars' Parquet, pages into a large lake, a whole universe."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from bench.markets import BAR_US, KNOWN_US, draw_markets
from bench.report import Report, Row
from bench.universe import measure_universe
from nija_adapters.lake.lake import Lake
from nija_domain.market.candles import Bar, CandleHistory

SEED = 7
COLUMNS = ("ts_us", *Bar._fields)
ROUNDS = 7
BULK_SYMBOLS, BULK_BARS = 100, 50_000
PEER_SHARE_MIN = 0.5
PAGE_SYMBOLS, PAGE_BARS, PAGES = 100, 100, 15
SMALL_BARS, LARGE_BARS = 10_000, 100_000
GROWTH_MAX = 1.3


def measure() -> Report:
    with tempfile.TemporaryDirectory(prefix="nija-bench-", ignore_cleanup_errors=True) as folder:
        rows = [measure_bulk(Path(folder)), *measure_pages(Path(folder)), measure_universe()]
    return Report(bench="ingest", threads=os.cpu_count() or 1, rows=rows)


class Sides(msgspec.Struct, frozen=True):
    """Seconds of ours and of the peer's, measured in turn."""

    ours: list[float]
    peer: list[float]

    @property
    def ours_s(self) -> float:
        return statistics.median(self.ours)

    @property
    def peer_s(self) -> float:
        return statistics.median(self.peer)


def measure_bulk(folder: Path) -> Row:
    """Into an empty lake, checks and all; every row is read back and compared to the bit."""
    import polars as pl

    histories = draw_markets(np.random.default_rng(SEED), symbols=BULK_SYMBOLS, bars=BULK_BARS)
    columns = {name: np.concatenate([getattr(h, name) for h in histories]) for name in COLUMNS}
    symbols = pl.Series([history.symbol for history in histories])
    frame = pl.DataFrame(columns).with_columns(symbol=symbols.repeat_by(BULK_BARS).explode())
    peer_file, sides, agree = folder / "peer.parquet", Sides([], []), True
    for number in range(ROUNDS):
        sides.peer.append(_seconds(lambda: frame.write_parquet(peer_file, compression="zstd")))
        with Lake(folder / f"bulk-{number}") as lake:
            lake.snapshot()  # the lake is attached before the clock starts
            sides.ours.append(_seconds(lambda: _append(lake, histories)))
            agree = agree and (number > 0 or _holds(lake, histories))
    ours_mb, peer_mb = _megabytes(folder / "bulk-0" / "data"), _megabytes(peer_file)
    is_fast = sides.peer_s / sides.ours_s >= PEER_SHARE_MIN
    return Row(
        case="bulk",
        ours_s=sides.ours_s,
        peer="polars write_parquet(zstd)",
        peer_s=sides.peer_s,
        agree=agree and is_fast and ours_mb <= peer_mb,
        more={
            "ratio_min": PEER_SHARE_MIN,
            "rows": len(frame),
            "ours_rows_per_s": round(len(frame) / sides.ours_s),
            "ours_mb": ours_mb,
            "peer_mb": peer_mb,
            "size_ratio": ours_mb / peer_mb,
        },
    )


def measure_pages(folder: Path) -> list[Row]:
    """Ten thousand new rows into a small and a large lake in turn, then the last page again."""
    sides, bars = Sides([], []), LARGE_BARS + PAGES * PAGE_BARS
    large = draw_markets(np.random.default_rng(SEED), symbols=PAGE_SYMBOLS, bars=bars)
    page: list[CandleHistory] = []
    with Lake(folder / "small") as small_lake, Lake(folder / "large") as large_lake:
        _append(small_lake, [h.between(LARGE_BARS - SMALL_BARS, LARGE_BARS) for h in large])
        _append(large_lake, [h.cut(LARGE_BARS) for h in large])
        for first in range(LARGE_BARS, bars, PAGE_BARS):
            page = [history.between(first, first + PAGE_BARS) for history in large]
            sides.peer.append(_seconds(lambda: _append(small_lake, page)))  # noqa: B023 - at once
            sides.ours.append(_seconds(lambda: _append(large_lake, page)))  # noqa: B023 - at once
        agree = _holds(large_lake, large)
        again = _measure_again(large_lake, page, folder / "large", new_s=sides.ours_s)
    growth = sides.ours_s / sides.peer_s
    new = Row(
        case="10,000 rows into 10 M",
        ours_s=sides.ours_s,
        peer="the same into 1 M",
        peer_s=sides.peer_s,
        agree=agree and growth <= GROWTH_MAX,
        more={"growth": growth, "growth_max": GROWTH_MAX},
    )
    return [new, again]


def _measure_again(lake: Lake, page: Sequence[CandleHistory], folder: Path, *, new_s: float) -> Row:
    snapshot, files = lake.snapshot(), _files(folder)
    again_s = [_seconds(lambda: _append(lake, page)) for _ in range(ROUNDS)]
    new_files, new_snapshots = len(_files(folder) - files), lake.snapshot() - snapshot
    return Row(
        case="the same page again",
        ours_s=statistics.median(again_s),
        peer="a page of new rows",
        peer_s=new_s,
        agree=new_files == 0 and new_snapshots == 0,
        more={"new_files": new_files, "new_snapshots": new_snapshots},
    )


def _append(lake: Lake, histories: Sequence[CandleHistory]) -> int:
    return lake.append_candles(
        histories, venue="bench", timeframe_us=BAR_US, source="bench", known_at_us=KNOWN_US
    )


def _holds(lake: Lake, histories: Sequence[CandleHistory]) -> bool:
    """Every number of every row comes back to the bit."""
    symbols = [history.symbol for history in histories]
    stored = lake.read_candles(
        symbols, venue="bench", timeframe_us=BAR_US, snapshot=lake.snapshot()
    )
    return all(
        getattr(stored[history.symbol], name).tobytes() == getattr(history, name).tobytes()
        for history in histories
        for name in COLUMNS
    )


def _files(folder: Path) -> set[Path]:
    return {path for path in (folder / "data").rglob("*") if path.is_file()}


def _megabytes(place: Path) -> float:
    files = [place] if place.is_file() else place.rglob("*")
    return sum(path.stat().st_size for path in files if path.is_file()) / 1e6


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
