"""Cells and columns that nobody expects: each is told at its row, and none ends the reading."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.nija_adapters.candle_files.test_candle_files import (
    ROWS,
    START_MS,
    found,
    judge,
    judge_bytes,
    lines,
    text,
)


def test_lines_may_end_as_on_an_old_apple(tmp_path: Path) -> None:
    """A carriage return alone ends a line where no line feed does."""
    judged = judge_bytes(tmp_path, text().replace("\n", "\r").encode())

    assert judged.verdict == "accept"
    assert judged.rows_out == ROWS


@pytest.mark.parametrize(
    "spoilt",
    [
        f'{START_MS + 60_000 * 9},"100,101,99,100,1',
        f'"{"9" * 200_000}",100,101,99,100,1',
        f"{'9' * 30},100,101,99,100,1",
        "1e400,100,101,99,100,1",
        "nan,100,101,99,100,1",
        '"a\rb",100,101,99,100,1',
    ],
    ids=["open quote", "endless cell", "endless number", "infinite", "no number", "torn line"],
)
def test_a_spoilt_row_spoils_no_other(spoilt: str, tmp_path: Path) -> None:
    """It is set aside under its own number, and its neighbours keep theirs."""
    rows = lines()
    rows[9] = spoilt
    judged = judge_bytes(tmp_path, text(rows).encode())

    assert judged.verdict == "quarantine"
    assert found(judged) == [(9, "cells"), (10, "gap")]
    assert judged.rows_out == ROWS - 1


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("ts", [2**63 + row for row in range(ROWS)], dtype=pl.UInt64),
        pl.Series("ts", [START_MS] * ROWS, dtype=pl.Int64).cast(pl.Duration("ms")),
        pl.Series("close", [[100.0]] * ROWS),
        pl.Series("close", [{"price": 100.0}] * ROWS),
        pl.Series("close", [True] * ROWS),
        pl.Series("close", [b"\xff"] * ROWS),
    ],
    ids=["stamps over 63 bits", "durations", "lists", "structs", "truths", "bytes"],
)
def test_columns_of_a_strange_type_are_refused(column: pl.Series, tmp_path: Path) -> None:
    """Each cell is named as unreadable; nothing is guessed, and there is no traceback."""
    path = tmp_path / "candles.parquet"
    pl.read_csv(text().encode()).with_columns(column).write_parquet(path)
    judged = judge(path)

    assert judged.verdict == "refuse"
    assert (0, "cells") in found(judged)
    assert not any("\n" in problem.text for problem in judged.problems)


@pytest.mark.parametrize("dtype", [pl.Datetime("ms"), pl.Datetime("ns"), pl.Date])
def test_moments_that_no_calendar_holds_are_no_times(dtype: pl.DataType, tmp_path: Path) -> None:
    """A stamp far beyond every market is set aside like any other that is no time."""
    path = tmp_path / "candles.parquet"
    far = pl.Series("ts", [2**31 - 1] * ROWS).cast(pl.Int32 if dtype == pl.Date else pl.Int64)
    scale = 1 if dtype == pl.Date else 2**31
    moments = (far * scale).cast(dtype)
    pl.read_csv(text().encode()).with_columns(moments).write_parquet(path)

    assert (0, "stamp") in found(judge(path))


@pytest.mark.parametrize("zone", ["Z", "-05:00"])
def test_stamps_with_and_without_a_zone_are_refused(zone: str, tmp_path: Path) -> None:
    """A bare stamp among others is UTC or local: hours that nobody told are not chosen."""
    stamps = [str(np.datetime64(START_MS + row * 60_000, "ms")) for row in range(ROWS)]
    zones = [zone if row < ROWS // 2 else "" for row in range(ROWS)]
    rows = [
        f"{stamp}{zone},{line.split(',', 1)[1]}"
        for stamp, zone, line in zip(stamps, zones, lines(), strict=True)
    ]
    judged = judge_bytes(tmp_path, text(rows).encode())

    assert judged.verdict == "refuse"
    assert found(judged) == [(None, "zone")]
