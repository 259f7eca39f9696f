"""Candles in the lake: appended with a revision, and read as of a snapshot.

Values never go in as query parameters: binding one makes DuckDB import pandas, which costs a
process more than a whole ingestion.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from nija_adapters.lake.handover import hand_over, removed_on_failure
from nija_adapters.lake.packing import (
    FreshRows,
    Provenance,
    Revisions,
    as_column,
    repeat_texts,
    write_files,
)
from nija_adapters.lake.schema import VENUE_OF_ROW, quote
from nija_domain.errors import CandlesInvalid
from nija_domain.market.candles import Bar, CandleHistory
from nija_domain.market.quality.examination import find_unstorable

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

COLUMNS = ("ts_us", *Bar._fields)

IN_REACH = """
timeframe_us = {timeframe_us:d}
AND symbol BETWEEN {first_symbol} AND {last_symbol}
AND ts_us BETWEEN {first_us:d} AND {last_us:d}
"""

COMPARE = """
SELECT
    page.place, stored.revision,
    (page.open, page.high, page.low, page.close, page.volume)
    = (stored.open, stored.high, stored.low, stored.close, stored.volume) AS same
FROM page
JOIN (FROM lake.candles_latest WHERE venue = {venue} AND {in_reach}) AS stored USING (symbol, ts_us)
"""

READ = """
SELECT symbol, ts_us, open, high, low, close, volume
FROM lake.candles_latest {at_snapshot}
WHERE {of_venue} symbol IN ({symbols}) AND timeframe_us = {timeframe_us:d} AND ts_us >= {since_us:d}
ORDER BY symbol, ts_us
"""

NEWEST = """
SELECT max(ts_us) FROM lake.candles
WHERE venue = {venue} AND symbol = {symbol} AND timeframe_us = {timeframe_us:d}
"""

LENGTHS = """
SELECT DISTINCT timeframe_us FROM lake.candles
WHERE venue = {venue} AND symbol = {symbol} ORDER BY timeframe_us
"""

HAD_VENUES = """
FROM __ducklake_metadata_lake.ducklake_column AS held
JOIN __ducklake_metadata_lake.ducklake_table AS rows USING (table_id)
SELECT 1 WHERE rows.table_name = 'candle_rows' AND held.column_name = 'venue'
AND held.begin_snapshot <= {snapshot:d} AND coalesce(held.end_snapshot > {snapshot:d}, true)
LIMIT 1
"""

FORGET = f"""
DELETE FROM lake.{{table}}
WHERE {VENUE_OF_ROW} = {{venue}} AND symbol = {{symbol}} AND timeframe_us = {{timeframe_us:d}}
"""  # noqa: S608 - our own names

ROWS_FOLDER = """
SELECT path FROM __ducklake_metadata_lake.ducklake_table
WHERE table_name = 'candle_rows' AND end_snapshot IS NULL
"""


class RowCounts(msgspec.Struct, frozen=True):
    """What became of the rows of one history."""

    written: int
    identical: int
    restated: int


def check_candles(
    histories: Sequence[CandleHistory], *, timeframe_us: int, known_at_us: int
) -> None:
    """Raises `CandlesInvalid` for a row that belongs in the quarantine."""
    for symbol, again in pairwise(sorted(history.symbol for history in histories)):
        if symbol == again:
            raise CandlesInvalid(
                f"one page holds two histories of {symbol}; append them one by one"
            )
    filled = [history for history in histories if len(history)]
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        problems = workers.map(
            lambda h: find_unstorable(h, timeframe_us=timeframe_us, now_us=known_at_us), filled
        )
        for history, problem in zip(filled, problems, strict=True):
            if problem is not None:
                raise CandlesInvalid(
                    f"row {problem.row} of {history.symbol} breaks the rule {problem.rule}:"
                    f" {problem.text}; put it into the quarantine and append the rest"
                )


def append_page(
    cursor: "DuckDBPyConnection",
    histories: Sequence[CandleHistory],
    *,
    data_folder: Path,
    provenance: Provenance,
) -> list[RowCounts]:
    """Write new candles, and a further revision of those that differ from the stored ones."""
    if not any(map(len, histories)):
        return [RowCounts(0, 0, 0)] * len(histories)
    revisions = _find_revisions(cursor, histories, provenance=provenance)
    fresh = [
        FreshRows(history if numbers.all() else history.at(numbers > 0), numbers[numbers > 0])
        for history, numbers in zip(histories, revisions, strict=True)
        if numbers.any()
    ]
    if fresh:
        ((table_folder,),) = cursor.execute(ROWS_FOLDER).fetchall()
        paths = write_files(fresh, data_folder / "main" / table_folder, provenance=provenance)
        with removed_on_failure(paths):
            hand_over(cursor, paths, table="candle_rows")
    return [_count(numbers) for numbers in revisions]


def _find_revisions(
    cursor: "DuckDBPyConnection", histories: Sequence[CandleHistory], *, provenance: Provenance
) -> list[Revisions]:
    """For each row the revision that it becomes: 1 where it is new, 0 where the lake has it."""
    lengths = [len(history) for history in histories]
    numbers = np.ones(sum(lengths), dtype=np.int32)
    in_reach = _in_reach(histories, timeframe_us=provenance.timeframe_us)
    if cursor.execute(f"FROM lake.candle_rows SELECT 1 WHERE {in_reach} LIMIT 1").fetchone():
        cursor.register("page", _page(histories))
        question = COMPARE.format(in_reach=in_reach, venue=quote(provenance.venue))
        found = cursor.execute(question).fetchnumpy()
        cursor.unregister("page")
        numbers[found["place"]] = np.where(found["same"], 0, found["revision"] + 1)
    return np.split(numbers, np.cumsum(lengths)[:-1])


def _in_reach(histories: Sequence[CandleHistory], *, timeframe_us: int) -> str:
    """Bounds as plain text, which the lake holds against each file's before it opens one."""
    filled = [history for history in histories if len(history)]
    return IN_REACH.format(
        timeframe_us=timeframe_us,
        first_symbol=quote(min(history.symbol for history in filled)),
        last_symbol=quote(max(history.symbol for history in filled)),
        first_us=min(int(history.ts_us[0]) for history in filled),
        last_us=max(int(history.ts_us[-1]) for history in filled),
    )


def _page(histories: Sequence[CandleHistory]) -> "pa.Table":
    import pyarrow as pa

    columns = {
        name: pa.chunked_array([as_column(getattr(history, name)) for history in histories])
        for name in COLUMNS
    }
    symbols = repeat_texts([h.symbol for h in histories], list(map(len, histories)))
    return pa.table({"place": as_column(np.arange(len(symbols))), "symbol": symbols, **columns})


def _count(revisions: Revisions) -> RowCounts:
    new, same = int((revisions == 1).sum()), int((revisions == 0).sum())
    return RowCounts(written=new, identical=same, restated=len(revisions) - new - same)


def newest_candle_us(
    cursor: "DuckDBPyConnection", symbol: str, *, venue: str, timeframe_us: int
) -> int | None:
    """The open time of the newest candle; None if there is none."""
    question = NEWEST.format(venue=quote(venue), symbol=quote(symbol), timeframe_us=timeframe_us)
    (ts_us,) = cursor.execute(question).fetchall()[0]
    return None if ts_us is None else int(ts_us)


def stored_lengths(cursor: "DuckDBPyConnection", symbol: str, *, venue: str) -> list[int]:
    """The lengths of bar of the symbol's series, in order."""
    found = cursor.execute(LENGTHS.format(venue=quote(venue), symbol=quote(symbol)))
    return [int(timeframe_us) for (timeframe_us,) in found.fetchall()]


class AsOf(msgspec.Struct, frozen=True, kw_only=True):
    """Which candles to read, and from which snapshot; None: as they are now."""

    venue: str
    timeframe_us: int
    snapshot: int | None
    since_us: int = 0


def read_histories(
    cursor: "DuckDBPyConnection", symbols: Sequence[str], *, as_of: AsOf
) -> dict[str, CandleHistory]:
    """The latest revision of each candle, as known at the snapshot.

    A snapshot from before series had venues is read as it was read then, so that an old training
    can be repeated.
    """
    question = READ.format(
        of_venue=f"venue = {quote(as_of.venue)} AND" if _had_venues(cursor, as_of) else "",
        symbols=", ".join(map(quote, symbols)) or "NULL",
        timeframe_us=as_of.timeframe_us,
        at_snapshot="" if as_of.snapshot is None else f"AT (VERSION => {as_of.snapshot:d})",
        since_us=as_of.since_us,
    )
    columns = cursor.execute(question).fetchnumpy()
    names = np.asarray(columns.pop("symbol"), dtype=np.str_)
    found = {}
    for symbol in symbols:
        first = np.searchsorted(names, symbol, side="left")
        last = np.searchsorted(names, symbol, side="right")
        found[symbol] = CandleHistory(
            symbol=symbol, **{name: np.asarray(columns[name][first:last]) for name in COLUMNS}
        )
    return found


def _had_venues(cursor: "DuckDBPyConnection", as_of: AsOf) -> bool:
    if as_of.snapshot is None:
        return True
    return cursor.execute(HAD_VENUES.format(snapshot=as_of.snapshot)).fetchone() is not None


def forget_series(
    cursor: "DuckDBPyConnection", symbol: str, *, venue: str, timeframe_us: int
) -> int:
    """Delete the series and its quarantined rows; returns how many rows went."""
    gone = 0
    for table in ("candle_rows", "candle_quarantine"):
        order = FORGET.format(
            table=table, venue=quote(venue), symbol=quote(symbol), timeframe_us=timeframe_us
        )
        ((rows,),) = cursor.execute(order).fetchall()
        gone += int(rows)
    return gone
