"""Reads tables with typed columns: Parquet, Arrow and Feather."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nija_adapters.candle_files.names import COLUMN_OF, COLUMNS
from nija_adapters.candle_files.text import FileUnreadable, Table, check_names

if TYPE_CHECKING:
    import polars as pl

ARROW_MARK = b"ARROW1"


def frame_table(name: str, source: Path | bytes, *, kind: Literal["Parquet", "Arrow"]) -> Table:
    """The table in the file; raises `FileUnreadable` if the file is damaged."""
    import polars as pl
    import pyarrow as pa

    try:
        frame = pl.read_parquet(source) if kind == "Parquet" else _read_arrow(source)
    except (pl.exceptions.PolarsError, pa.ArrowException, OSError, ValueError) as error:
        first_line = str(error).partition("\n")[0]
        raise FileUnreadable(
            "unreadable", f"{name} cannot be read as a {kind} file: {first_line}"
        ) from error
    words = frame.columns
    names = [COLUMN_OF.get(word.strip().lower().replace(" ", "_"), "") for word in words]
    check_names(names, words, rows=len(frame))
    columns = zip(names, words, strict=True)
    return Table(len(frame), {name: frame[word] for name, word in columns if name in COLUMNS})


def _read_arrow(source: Path | bytes) -> "pl.DataFrame":
    """By pyarrow, which names what is damaged; checked before anything follows a false offset."""
    import polars as pl
    import pyarrow as pa

    body = source.read_bytes() if isinstance(source, Path) else source
    reader = pa.ipc.open_file if body.startswith(ARROW_MARK) else pa.ipc.open_stream
    table = reader(BytesIO(body)).read_all()
    table.validate(full=True)
    frame = pl.from_arrow(table)
    if not isinstance(frame, pl.DataFrame):
        raise FileUnreadable("unreadable", "the Arrow file has no table")
    return frame
