"""Candles in the lake: appended with a revision, read as of a snapshot, or set apart.

Values go in as columns of a registered page, never as query parameters: binding one makes DuckDB
import pandas, which costs a process more than a whole ingestion.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nija_adapters.lake.schema import LATEST_CANDLES
from nija_domain.errors import CandlesInvalid
from nija_domain.market.candles import Bar, CandleHistory
from nija_domain.market.quality.examination import find_unstorable
from nija_domain.market.quality.rules import Problem

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COLUMNS = ("ts_us", *Bar._fields)

APPEND = """
INSERT INTO lake.candles
SELECT
    page.symbol, page.timeframe_us, page.ts_us, coalesce(stored.revision, 0) + 1,
    page.open, page.high, page.low, page.close, page.volume, page.source, page.known_at_us
FROM page LEFT JOIN (
    SELECT * FROM lake.candles_latest SEMI JOIN page USING (symbol, timeframe_us, ts_us)
) AS stored USING (symbol, timeframe_us, ts_us)
WHERE stored.revision IS NULL
OR (page.open, page.high, page.low, page.close, page.volume)
   <> (stored.open, stored.high, stored.low, stored.close, stored.volume)
ORDER BY page.symbol, page.ts_us
"""

READ = f"""
SELECT ts_us, open, high, low, close, volume
FROM ({LATEST_CANDLES.format(table="lake.candles", as_of="AT (VERSION => {snapshot})")})
JOIN asked USING (symbol, timeframe_us)
WHERE ts_us >= since_us
ORDER BY ts_us
"""  # noqa: S608 - every part is a constant of ours

NEWEST = "SELECT max(ts_us) FROM lake.candles JOIN asked USING (symbol, timeframe_us)"

SET_APART = """
INSERT INTO lake.candle_quarantine
FROM page ANTI JOIN lake.candle_quarantine AS stored
ON (stored.symbol, stored.ts_us, stored.rule, stored.reason)
 = (page.symbol, page.ts_us, page.rule, page.reason)
"""


def check_candles(
    histories: Iterable[CandleHistory], *, timeframe_us: int, known_at_us: int
) -> None:
    """Raises for a row that breaks a blocking rule: such rows belong in the quarantine."""
    seen: set[str] = set()
    for history in histories:
        if history.symbol in seen:
            raise CandlesInvalid(
                f"one page holds two histories of {history.symbol}; append them one by one"
            )
        seen.add(history.symbol)
        problem = find_unstorable(history, timeframe_us=timeframe_us, now_us=known_at_us)
        if problem is not None:
            raise CandlesInvalid(
                f"row {problem.row} of {history.symbol} breaks the rule {problem.rule}:"
                f" {problem.text}; put it into the quarantine and append the rest"
            )


def append_page(
    cursor: "DuckDBPyConnection",
    histories: Sequence[CandleHistory],
    *,
    timeframe_us: int,
    source: str,
    known_at_us: int,
) -> int:
    """How many rows were new or changed a stored candle; the others write nothing."""
    symbols = np.array([history.symbol for history in histories])
    page = {
        name: np.concatenate([getattr(history, name) for history in histories]) for name in COLUMNS
    }
    rows = len(page["ts_us"])
    page["symbol"] = symbols.repeat([len(history) for history in histories])
    page["timeframe_us"] = np.full(rows, timeframe_us)
    page["source"] = np.full(rows, source)
    page["known_at_us"] = np.full(rows, known_at_us)
    cursor.register("page", page)
    return _count(cursor.execute(APPEND))


def newest_candle_us(cursor: "DuckDBPyConnection", symbol: str, *, timeframe_us: int) -> int | None:
    _ask(cursor, symbol, timeframe_us=timeframe_us)
    (ts_us,) = cursor.execute(NEWEST).fetchall()[0]
    return None if ts_us is None else int(ts_us)


def read_history(
    cursor: "DuckDBPyConnection", symbol: str, *, timeframe_us: int, snapshot: int, since_us: int
) -> CandleHistory:
    """The latest revisions as they were known at the snapshot."""
    _ask(cursor, symbol, timeframe_us=timeframe_us, since_us=since_us)
    columns = cursor.execute(READ.format(snapshot=int(snapshot))).fetchnumpy()
    return CandleHistory(symbol=symbol, **{name: np.asarray(columns[name]) for name in COLUMNS})


def quarantine_rows(
    cursor: "DuckDBPyConnection",
    history: CandleHistory,
    problems: Sequence[Problem],
    *,
    source: str,
    known_at_us: int,
) -> int:
    """How many broken rows were set apart for the first time."""
    rows = [problem.row for problem in problems]
    page = {
        "symbol": np.full(len(rows), history.symbol),
        **{name: getattr(history, name)[rows] for name in COLUMNS},
        "rule": np.array([problem.rule for problem in problems]),
        "reason": np.array([problem.text for problem in problems]),
        "source": np.full(len(rows), source),
        "known_at_us": np.full(len(rows), known_at_us),
    }
    cursor.register("page", page)
    return _count(cursor.execute(SET_APART))


def _ask(
    cursor: "DuckDBPyConnection", symbol: str, *, timeframe_us: int, since_us: int = 0
) -> None:
    """The question as a table of one row."""
    cursor.register(
        "asked",
        {
            "symbol": np.array([symbol]),
            "timeframe_us": np.array([timeframe_us]),
            "since_us": np.array([since_us]),
        },
    )


def _count(inserted: "DuckDBPyConnection") -> int:
    (count,) = inserted.fetchall()[0]
    return int(count)
