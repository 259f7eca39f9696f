"""Files that we write ourselves, until the lake has registered them."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nija_adapters.lake.schema import quote

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def sync_file(path: Path) -> None:
    """Make the file durable before the catalogue names it."""
    with path.open("rb") as written:
        os.fsync(written.fileno())


@contextmanager
def removed_on_failure(paths: Iterable[Path]) -> Iterator[None]:
    """Delete the files if the block fails."""
    try:
        yield
    except BaseException:
        for path in paths:
            path.unlink(missing_ok=True)
        raise


def hand_over(cursor: "DuckDBPyConnection", paths: Iterable[Path], *, table: str) -> None:
    """Register the files; their rows belong to the table once the transaction commits."""
    listed = ", ".join(quote(str(path)) for path in paths)
    cursor.execute(f"CALL ducklake_add_data_files('lake', '{table}', [{listed}])")
