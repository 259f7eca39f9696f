"""A row that is set aside keeps its text, its time and the numbers that can be read."""

import math
from pathlib import Path

import polars as pl
import pytest

from nija_domain.market.quality.examination import set_aside
from tests.nija_adapters.candle_files.test_candle_files import (
    HEADER,
    START_MS,
    judge,
    lines,
    read_one,
    text,
)

ASIDE = {
    "a word": ("{0},{1},{2},{3},abc,{5}", (START_MS, 101.0, 101.5, None)),
    "no stamp": ("soon,{1},{2},{3},{4},{5}", (None, 101.0, 101.5, 101.01)),
    "a NUL byte": ("{0},{1},{2},\0,{4},{5}", (START_MS, 101.0, 101.5, 101.01)),
    "a cell too few": ("{0},{2},{3},{4},{5}", (START_MS, None, None, None)),
    "a cell too many": ("{0},1,{1},{2},{3},{4},{5}", (START_MS, None, None, None)),
}


@pytest.mark.parametrize("name", ASIDE)
def test_what_can_be_read_of_a_row_is_kept(tmp_path: Path, name: str) -> None:
    """Its text as it stands, its time in microseconds, and those numbers whose column is sure."""
    spoilt, (stamp_ms, *numbers) = ASIDE[name]
    rows = lines(200)
    rows[100] = spoilt.format(*rows[100].split(","))
    (tmp_path / "candles.csv").write_text(text(rows))
    read = read_one(tmp_path / "candles.csv")
    (row,) = set_aside(judge(tmp_path / "candles.csv"), read.sheet, raw_of=read.raw_of)
    found = (row.bar.open, row.bar.high, row.bar.close)

    assert row.raw == rows[100]
    assert row.ts_us == (None if stamp_ms is None else (stamp_ms + 100 * 60_000) * 1_000)
    assert [None if math.isnan(number) else number for number in found] == numbers


def test_a_row_of_a_parquet_file_has_a_text_too(tmp_path: Path) -> None:
    """Its cells in our order of columns, whatever the file's own is."""
    frame = pl.read_csv(text().encode()).select(*reversed(HEADER.split(",")))
    odd = pl.when(pl.int_range(pl.len()) == 9).then(-1.0).otherwise(pl.col("close"))
    frame.with_columns(close=odd).write_parquet(tmp_path / "candles.parquet")
    read = read_one(tmp_path / "candles.parquet")
    (row,) = set_aside(judge(tmp_path / "candles.parquet"), read.sheet, raw_of=read.raw_of)

    assert row.raw == f"{START_MS + 9 * 60_000},100.09,100.59,99.59,-1.0,1"
