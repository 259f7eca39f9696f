"""Reads a file as tables that the quality rules can check; an archive holds several."""

import gzip
import lzma
import reprlib
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePath

import msgspec
import numpy as np

from nija_adapters.candle_files.cells import Stamps, read_numbers, read_stamps, texts_of
from nija_adapters.candle_files.frames import frame_table
from nija_adapters.candle_files.names import NamedMarket, market_of
from nija_adapters.candle_files.numerals import Numerals, numerals_of
from nija_adapters.candle_files.text import FileUnreadable, Table, read_table
from nija_domain.market.candles import Bar
from nija_domain.market.quality.rules import Problem
from nija_domain.market.quality.sheet import Sheet
from nija_domain.market.quality.stamps import unit_of

USUAL_UNIT = "milliseconds"
EMPTY = Sheet(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, len(Bar._fields))))
PARQUET_MARK = b"PAR1"
ZIP_MARK = b"PK\x03\x04"
EMPTY_ZIP_MARK = b"PK\x05\x06"
GZIP_MARK = b"\x1f\x8b"
ARROW_MARK, ARROW_STREAM_MARK, OLD_FEATHER_MARK = b"ARROW1", b"\xff\xff\xff\xff", b"FEA1"
TABLE_ENDINGS = {".parquet": "Parquet", ".feather": "Feather", ".arrow": "Arrow", ".ipc": "Arrow"}
DAMAGES = (FileUnreadable, OSError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


class SheetRead(msgspec.Struct, frozen=True):
    """One table of a file, and the problems that its reader found."""

    name: str
    market: NamedMarket
    sheet: Sheet
    rows_in: int
    problems: tuple[Problem, ...]
    table: Table | None = None

    def raw_of(self, row: int) -> str | None:
        """The row as it is written in the file."""
        return None if self.table is None else self.table.raw_of(row)


def read_sheets(path: Path) -> Iterator[SheetRead]:
    """One table for a plain file, one per file in an archive."""
    try:
        if not path.is_file():
            raise FileUnreadable("unreadable", f"{path} {_what_it_is(path)}")
        with path.open("rb") as file:
            mark = file.read(len(PARQUET_MARK))
        if mark in (ZIP_MARK, EMPTY_ZIP_MARK):
            yield from _members(path)
            return
        yield _sheet_of(path.name, path if mark == PARQUET_MARK else path.read_bytes())
    except DAMAGES as damage:
        yield _refused(path.name or str(path), damage)


def _what_it_is(path: Path) -> str:
    if path.is_dir():
        return "is a folder; name the files in it"
    is_there = path.exists() or path.is_symlink()
    return "is not a plain file" if is_there else "does not exist"


def _members(path: Path) -> Iterator[SheetRead]:
    """Each file of the archive; an unreadable one is reported, and the others are read."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        if not names:
            raise FileUnreadable("empty", f"{path} is an empty archive")
        for name in names:
            try:
                yield _sheet_of(PurePath(name).name, _unpacked(archive, name))
            except DAMAGES as damage:
                yield _refused(PurePath(name).name, damage)


def _unpacked(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except RuntimeError as error:  # locked, or packed in a way that is not known here
        raise FileUnreadable("unreadable", f"{name}: {error}") from error


def _sheet_of(name: str, body: Path | bytes) -> SheetRead:
    """By what the bytes begin with, whatever the name ends in."""
    if isinstance(body, bytes) and body.startswith(GZIP_MARK):
        body = gzip.decompress(body)
    if isinstance(body, Path) or body.startswith(PARQUET_MARK):
        return _sheet_read(name, frame_table(name, body, kind="Parquet"))
    if body.startswith((ARROW_MARK, ARROW_STREAM_MARK)):
        return _sheet_read(name, frame_table(name, body, kind="Arrow"))
    if body.startswith((ZIP_MARK, EMPTY_ZIP_MARK)):
        raise FileUnreadable(
            "unreadable", f"{name} is an archive inside another one; unpack it first"
        )
    if body.startswith(OLD_FEATHER_MARK):
        text = f"{name} is a Feather file of the first version: write it as version 2"
        raise FileUnreadable("unreadable", text)
    ending = PurePath(_unzipped_name(name)).suffix
    if ending in TABLE_ENDINGS and body:
        text = f"{name} is no {TABLE_ENDINGS[ending]} file: its mark is missing"
        raise FileUnreadable("unreadable", text)
    return _sheet_read(name, read_table(body))


def _unzipped_name(name: str) -> str:
    return name.removesuffix(".gz")


def _refused(name: str, damage: Exception) -> SheetRead:
    if isinstance(damage, FileUnreadable):
        problem, rows = damage.problem, damage.rows
    else:
        why = getattr(damage, "strerror", None) or str(damage)
        problem, rows = Problem(None, None, "unreadable", f"{name}: {why}"), 0
    return SheetRead(name, market_of(PurePath(_unzipped_name(name)).stem), EMPTY, rows, (problem,))


def _sheet_read(name: str, table: Table) -> SheetRead:
    problems, lost = list(table.problems), set(table.lost)
    market = market_of(PurePath(_unzipped_name(name)).stem)
    if not table.rows:
        return SheetRead(name, market, EMPTY, 0, tuple(problems))
    stamps = read_stamps(table.cells["ts"])
    problems += _stamp_problems(stamps)
    numerals = _numerals_of(table)
    values = np.empty((table.rows, len(Bar._fields)))
    for place, column in enumerate(Bar._fields):
        numbers = read_numbers(table.cells[column], numerals=numerals)
        values[:, place] = numbers.column
        if numbers.repaired:
            problems.append(
                Problem(None, None, "decimals", f"{column} was read by {numbers.repaired}")
            )
        problems += _unread(numbers.unread, column, table, lost)
    problems += _unread(stamps.unread, "ts", table, lost)
    sheet = Sheet(np.arange(table.rows), stamps.column, values)
    return SheetRead(name, market, sheet, table.rows, tuple(problems), table)


def _numerals_of(table: Table) -> Numerals:
    cells = ((name, table.cells[name]) for name in Bar._fields)
    texts = {name: texts_of(column) for name, column in cells if not column.dtype.is_numeric()}
    try:
        return numerals_of(texts, is_point_certain=table.is_point_certain)
    except FileUnreadable as unreadable:
        raise FileUnreadable("style", str(unreadable), rows=table.rows) from unreadable


def _stamp_problems(stamps: Stamps) -> Iterator[Problem]:
    unit = unit_of(stamps.column) if stamps.is_bare else None
    if unit not in (None, USUAL_UNIT):
        yield Problem(None, None, "assumed", f"the stamps were taken as {unit} since 1970 UTC")
    if stamps.is_naive and stamps.is_aware:
        text = "some times have a zone and some do not, so the hour of those without is unknown"
        yield Problem(None, None, "zone", text)
    elif stamps.has_offset:
        yield Problem(None, None, "offset", "stamps with an offset were converted to UTC")
    elif stamps.is_naive:
        yield Problem(None, None, "naive", "stamps without a zone were read as UTC")


def _unread(rows: tuple[int, ...], column: str, table: Table, lost: set[int]) -> Iterator[Problem]:
    for row in rows:
        if row not in lost:
            (cell,) = table.cells[column][row : row + 1].to_list()
            text = f"{column} is {reprlib.repr(cell)}, which cannot be read"
            yield Problem(row, None, "cells", text)
