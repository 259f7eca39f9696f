"""Files of our own making, until the lake has taken them over."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from nija_adapters.lake.schema import quote

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def sync_file(path: Path) -> None:
    """The catalogue must not outlive what it names."""
    with path.open("rb") as written:
        os.fsync(written.fileno())


@contextmanager
def removed_on_failure(paths: Iterable[Path]) -> Iterator[None]:
    """What the lake did not take over is in nobody's way."""
    try:
        yield
    except BaseException:
        for path in paths:
            path.unlink(missing_ok=True)
        raise


def hand_over(cursor: "DuckDBPyConnection", paths: Iterable[Path], *, table: str) -> None:
    """The rows of these files belong to the table once the transaction is committed."""
    listed = ", ".join(quote(str(path)) for path in paths)
    cursor.execute(f"CALL ducklake_add_data_files('lake', '{table}', [{listed}])")
