"""Reads text cells as times and numbers; a cell that cannot be read is reported, never guessed."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from nija_adapters.candle_files.numerals import Numerals
from nija_domain.market.candles import FloatColumn, TimeColumn

if TYPE_CHECKING:
    import polars as pl

NO_STAMP = -1
STAMP_MAX = 2**63 - 1
DAY_MS = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Numbers(msgspec.Struct, frozen=True):
    """Numbers read from cells: `unread` rows have none, `repaired` says how marks were read."""

    column: FloatColumn
    unread: tuple[int, ...]
    repaired: str = ""


class Stamps(msgspec.Struct, frozen=True):
    """Some cells may have been naive and some aware of their zone, by an offset or by none.

    `is_bare`: all are whole numbers that say no unit.
    """

    column: TimeColumn
    unread: tuple[int, ...]
    has_offset: bool = False
    is_naive: bool = False
    is_aware: bool = False
    is_bare: bool = False


def read_numbers(cells: "pl.Series", *, numerals: Numerals) -> Numbers:
    """The numbers in these cells."""
    import polars as pl

    if cells.dtype.is_numeric():
        numbers, repaired = cells.cast(pl.Float64), ""
    else:
        numbers, repaired = numerals.read(texts_of(cells))
    column = numbers.fill_null(np.nan).to_numpy(writable=True)
    return Numbers(column, _empty_rows(numbers), repaired)


def read_stamps(cells: "pl.Series") -> Stamps:
    """The times in these cells: whole numbers in any unit, or ISO 8601 with or without a zone.

    A time that was stored as a floating-point number may have lost its last digits.
    """
    import polars as pl

    if cells.dtype in (pl.Datetime, pl.Date):
        is_naive = getattr(cells.dtype, "time_zone", None) is None
        unit_ms = DAY_MS if cells.dtype == pl.Date else 1
        stamps = cells.to_physical().cast(pl.Int64) * unit_ms
        return Stamps(_whole_column(stamps), _empty_rows(cells), is_naive=is_naive)
    if cells.dtype.is_integer():
        stamps = cells.cast(pl.Int64, strict=False)
        return Stamps(_whole_column(stamps), _empty_rows(stamps), is_bare=True)
    texts = texts_of(cells)
    whole = texts.cast(pl.Int64, strict=False)
    column = _whole_column(whole)
    unread, offsets = [], set()
    for row in np.flatnonzero(whole.is_null().to_numpy()).tolist():
        text = texts[row] or ""
        stamp = _number_of(text)
        if stamp is None:
            stamp, offset_s = _moment_of(text)
            offsets |= set() if stamp is None else {offset_s}
        if stamp is None:
            unread.append(row)
        else:
            column[row] = stamp
    zones = offsets - {None}
    return Stamps(
        column,
        tuple(unread),
        has_offset=any(zones),
        is_naive=None in offsets,
        is_aware=bool(zones),
        is_bare=not offsets,
    )


def texts_of(cells: "pl.Series") -> "pl.Series":
    """Each cell as text; a list, a duration and the like become empty."""
    import polars as pl

    try:
        return cells.cast(pl.String).str.strip_chars()
    except pl.exceptions.PolarsError:
        return pl.Series([None] * len(cells), dtype=pl.String)


def _whole_column(stamps: "pl.Series") -> TimeColumn:
    column: TimeColumn = stamps.fill_null(NO_STAMP).to_numpy(writable=True)
    return column


def _empty_rows(cells: "pl.Series") -> tuple[int, ...]:
    return tuple(np.flatnonzero(cells.is_null().to_numpy()).tolist())


def _number_of(text: str) -> int | None:
    """A whole number that is written as another number may be: `1.7e12`."""
    try:
        number = float(text)
    except ValueError:
        return None
    return int(number) if number.is_integer() and abs(number) < STAMP_MAX else None


def _moment_of(text: str) -> tuple[int | None, float | None]:
    """The stamp, and the seconds by which its zone is off; None without a zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None, None
    offset = moment.utcoffset()
    aware = moment if offset is not None else moment.replace(tzinfo=UTC)
    stamp = (aware - _EPOCH) // _MICROSECOND
    return stamp, None if offset is None else offset.total_seconds()
