"""Reads CSV as rows of cells: separator, header, truncated and damaged lines."""

import csv
from collections.abc import Sequence
from typing import Any

import msgspec

from nija_adapters.candle_files.names import COLUMN_OF, COLUMNS
from nija_domain.market.quality.rules import Problem

BOM = "\ufeff"
SEPARATORS = (";", "\t", ",")
HEADLESS_WIDTHS = (6, 7, 12)
"""Ours, Kraken's with the number of trades, Binance's; each begins with our six columns."""


class Table(msgspec.Struct, frozen=True):
    """Columns of text cells; rows in `lost` are only partly readable and are not used further.

    `is_point_certain`: the comma separates cells, so the point is the decimal mark.
    """

    rows: int
    cells: dict[str, Any]
    problems: tuple[Problem, ...] = ()
    lost: frozenset[int] = frozenset()
    is_point_certain: bool = False
    lines: Sequence[str] = ()

    def raw_of(self, row: int) -> str:
        """The line of the row; if the file has no lines, its cells as text."""
        if self.lines:
            return self.lines[row]
        return ",".join(str(self.cells[name][row]) for name in COLUMNS)


class FileUnreadable(Exception):
    """Nothing can be read from this file; carries the problem to report."""

    def __init__(self, rule: str, text: str, *, rows: int = 0) -> None:
        super().__init__(text)
        self.problem = Problem(None, None, rule, text)
        self.rows = rows


def read_table(body: bytes) -> Table:
    """Read a CSV file, whatever its separator and header."""
    import polars as pl

    text, problems = _decode(body)
    if not text.strip():
        return Table(0, {})
    separator = next((s for s in SEPARATORS if s in text.partition("\n")[0]), ",")
    lines = [line.rstrip("\r") for line in text.split("\n" if "\n" in text else "\r")]
    is_ended = not lines[-1]
    lines = [line for line in lines if line.strip()]
    data = lines[1:] if _is_header(lines[0], separator) else lines
    names = _header_of(_cells_of(lines[0], separator), rows=len(data))
    if len(data) == len(lines):
        problems.append(Problem(None, None, "assumed", _assumed_layout(names)))
    width = len(names)
    rows = [_cells_of(line, separator) for line in data]
    bad = dict(_bad_rows(data, rows, width, is_ended=is_ended))
    problems += [Problem(row, None, *why) for row, why in bad.items()]
    if data and not is_ended and len(data) - 1 not in bad:
        problems.append(Problem(len(data) - 1, None, "unended", "the last line has no end"))
    whole = [
        _sure_cells(cells, names, rule=bad[row][0]) if row in bad else cells
        for row, cells in enumerate(rows)
    ]
    columns = list(zip(*whole, strict=True)) if whole else [()] * width
    cells = {
        name: pl.Series(columns[place], dtype=pl.String)
        for place, name in enumerate(names)
        if name in COLUMNS
    }
    return Table(
        rows=len(data),
        cells=cells,
        problems=tuple(problems),
        lost=frozenset(bad),
        is_point_certain=separator == ",",
        lines=data,
    )


def _decode(body: bytes) -> tuple[str, list[Problem]]:
    encoding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileUnreadable("unreadable", f"the file is not text: {error.reason}") from error
    start = text.lstrip(BOM).lstrip()[:1]
    if start and start in "<{[":
        kind = "a page of HTML or XML" if start == "<" else "JSON"
        raise FileUnreadable("unreadable", f"the file is {kind}, not a table of candles")
    if not text.startswith(BOM) and encoding == "utf-8":
        return text, []
    mark = Problem(None, None, "marks", "a byte order mark stood before the text")
    return text.lstrip(BOM), [mark]


def _is_header(line: str, separator: str) -> bool:
    """No cell of a header is a number; a row of data has some."""
    return not any(_is_number(cell) for cell in line.split(separator))


def _assumed_layout(names: Sequence[str]) -> str:
    unread = len(names) - len(COLUMNS)
    more = f", and {unread} more were left aside" if unread else ""
    return f"no header: the columns were taken as {', '.join(COLUMNS)}{more}"


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().strip('"').replace(",", "."))
    except ValueError:
        return False
    return True


def _header_of(cells: Sequence[str], *, rows: int) -> list[str]:
    """Our name of each column; a file without a header has one of the known layouts."""
    if any(_is_number(cell) for cell in cells):
        if len(cells) not in HEADLESS_WIDTHS:
            known = ", ".join(map(str, HEADLESS_WIDTHS))
            raise FileUnreadable(
                "columns",
                f"{len(cells)} columns and no header; without one a file has {known} columns",
                rows=rows,
            )
        return [*COLUMNS, *("" for _ in cells[len(COLUMNS) :])]
    words = [cell.strip().strip('"').lower().replace(" ", "_") for cell in cells]
    names = [COLUMN_OF.get(word, "") for word in words]
    check_names(names, words, rows=rows)
    return names


def check_names(names: Sequence[str], words: Sequence[str], *, rows: int) -> None:
    """Check that each column is there exactly once; `words` are the names in the file."""
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        raise FileUnreadable(
            "columns",
            f"no column for {', '.join(missing)}; the file has {', '.join(words)}",
            rows=rows,
        )
    doubled = [column for column in COLUMNS if names.count(column) > 1]
    if doubled:
        raise FileUnreadable(
            "columns",
            f"more than one column for {', '.join(doubled)}: {', '.join(words)}",
            rows=rows,
        )


def _cells_of(line: str, separator: str) -> list[str]:
    """Line by line: a quote that never closes spoils its own row and no other."""
    if '"' not in line:
        return line.split(separator)
    try:
        return next(csv.reader([line], delimiter=separator))
    except csv.Error:
        return []


def _sure_cells(cells: Sequence[str], names: Sequence[str], *, rule: str) -> list[str]:
    """Those whose column is sure, others empty: before a cut the last may be half a cell.

    Where some are missing or too many, only a stamp in front has not moved.
    """
    if len(cells) == len(names):
        return list(cells)
    sure = list(cells[:-1] if rule == "truncated" else cells[:-1][: names[0] == "ts"])
    return sure + [""] * (len(names) - len(sure))


def _bad_rows(
    lines: Sequence[str], rows: Sequence[Sequence[str]], width: int, *, is_ended: bool
) -> list[tuple[int, tuple[str, str]]]:
    bad = []
    for row, cells in enumerate(rows):
        if "\0" in lines[row]:
            bad.append((row, ("nul", "the row holds a NUL byte")))
        elif len(cells) < width and row == len(rows) - 1 and not is_ended:
            bad.append((row, ("truncated", f"the row ends after {len(cells)} of {width} cells")))
        elif len(cells) != width:
            bad.append((row, ("cells", f"the row has {len(cells)} cells, not {width}")))
    return bad
