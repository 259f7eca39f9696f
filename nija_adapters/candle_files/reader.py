"""From a file to sheets that the quality contract examines; archives hold several."""

import gzip
import reprlib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePath

import msgspec
import numpy as np

from nija_adapters.candle_files.cells import Stamps, read_numbers, read_stamps
from nija_adapters.candle_files.names import COLUMN_OF, COLUMNS, NamedMarket, market_of
from nija_adapters.candle_files.text import FileUnreadable, Table, check_names, read_table
from nija_domain.market.candles import Bar
from nija_domain.market.quality.rules import Problem
from nija_domain.market.quality.sheet import Sheet

EMPTY = Sheet(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, len(Bar._fields))))
PARQUET_MARK = b"PAR1"
ZIP_MARK = b"PK\x03\x04"
GZIP_MARK = b"\x1f\x8b"


class SheetRead(msgspec.Struct, frozen=True):
    """One table of a file, and what its reader already has to say of it."""

    name: str
    market: NamedMarket
    sheet: Sheet
    rows_in: int
    told: tuple[Problem, ...]
    table: Table | None = None

    def raw_of(self, row: int) -> str | None:
        """The row as it stands in the file."""
        return None if self.table is None else self.table.raw_of(row)


def read_sheets(path: Path) -> Iterator[SheetRead]:
    """A sheet for a plain file, one for each table in an archive."""
    try:
        with path.open("rb") as file:
            mark = file.read(len(PARQUET_MARK))
        if mark == ZIP_MARK:
            yield from _members(path)
            return
        if path.is_file() and path.stat().st_size and mark == PARQUET_MARK:
            yield _sheet_read(path.name, _parquet_table(path))
            return
        body = path.read_bytes()
        yield _text_sheet(path.name, gzip.decompress(body) if mark[:2] == GZIP_MARK else body)
    except FileUnreadable as unreadable:
        yield _refused(path.name, unreadable.problem, rows=unreadable.rows)
    except (OSError, EOFError, zipfile.BadZipFile) as error:
        why = getattr(error, "strerror", None) or str(error)
        yield _refused(path.name, Problem(None, None, "unreadable", f"{path}: {why}"))


def _members(path: Path) -> Iterator[SheetRead]:
    with zipfile.ZipFile(path) as archive:
        for member in sorted(archive.namelist()):
            if member.endswith("/"):
                continue
            try:
                yield _text_sheet(PurePath(member).name, archive.read(member))
            except FileUnreadable as unreadable:
                yield _refused(PurePath(member).name, unreadable.problem, rows=unreadable.rows)


def _text_sheet(name: str, body: bytes) -> SheetRead:
    if name.endswith(".parquet"):
        raise FileUnreadable("unreadable", f"{name} is no Parquet file: its mark is missing")
    return _sheet_read(name, read_table(body))


def _refused(name: str, problem: Problem, *, rows: int = 0) -> SheetRead:
    return SheetRead(name, market_of(PurePath(name).stem), EMPTY, rows, (problem,))


def _sheet_read(name: str, table: Table) -> SheetRead:
    told, lost = list(table.told), set(table.lost)
    market = market_of(PurePath(name).stem)
    if not table.rows:
        return SheetRead(name, market, EMPTY, 0, tuple(told))
    stamps = read_stamps(table.cells["ts"])
    told += _told_of_stamps(stamps)
    values = np.empty((table.rows, len(Bar._fields)))
    for place, column in enumerate(Bar._fields):
        numbers = read_numbers(table.cells[column])
        values[:, place] = numbers.column
        if numbers.repaired:
            told.append(Problem(None, None, "decimals", f"{column} was read by {numbers.repaired}"))
        told += _unread(numbers.unread, column, table, lost)
    told += _unread(stamps.unread, "ts", table, lost)
    sheet = Sheet(np.arange(table.rows), stamps.column, values)
    return SheetRead(name, market, sheet, table.rows, tuple(told), table)


def _told_of_stamps(stamps: Stamps) -> Iterator[Problem]:
    if stamps.has_offset:
        yield Problem(None, None, "offset", "stamps with an offset were converted to UTC")
    if stamps.is_naive:
        yield Problem(None, None, "naive", "stamps without a zone were read as UTC")


def _unread(rows: tuple[int, ...], column: str, table: Table, lost: set[int]) -> Iterator[Problem]:
    for row in rows:
        if row not in lost:
            (cell,) = table.cells[column][row : row + 1].to_list()
            text = f"{column} is {reprlib.repr(cell)}, which cannot be read"
            yield Problem(row, None, "cells", text)


def _parquet_table(path: Path) -> Table:
    import polars as pl

    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        first_line = str(error).partition("\n")[0]
        raise FileUnreadable("unreadable", f"no Parquet file: {first_line}") from error
    words = frame.columns
    names = [COLUMN_OF.get(word.strip().lower().replace(" ", "_"), "") for word in words]
    check_names(names, words, rows=len(frame))
    columns = zip(names, words, strict=True)
    return Table(len(frame), {name: frame[word] for name, word in columns if name in COLUMNS})
