"""The feature rows of the last computation, for people and reports."""

import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from nija_adapters.lake.handover import hand_over, removed_on_failure, sync_file
from nija_adapters.lake.packing import repeat_texts
from nija_domain.features.table import FeatureTable

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

FOLDER = Path("main", "features")


class FeatureFiles(msgspec.Struct, frozen=True):
    """Files on disk that the lake does not know yet."""

    names: tuple[str, ...]
    paths: list[Path]
    rows: int


def write_feature_files(tables: Iterable[FeatureTable], data_folder: Path) -> FeatureFiles:
    """Write one file per symbol, one table in memory at a time."""
    names: tuple[str, ...] = ()
    paths: list[Path] = []
    rows = 0
    folder = data_folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with removed_on_failure(paths):
        for table in tables:
            names, rows = table.names, rows + len(table)
            if len(table):
                paths.append(folder / f"features-{uuid.uuid4()}.parquet")
                _write_file(table, paths[-1])
    return FeatureFiles(names, paths, rows)


def _write_file(table: FeatureTable, path: Path) -> None:
    import pyarrow.parquet as pq

    pq.write_table(_columns(table), path, compression="zstd", use_dictionary=["symbol"])
    sync_file(path)


def _columns(table: FeatureTable) -> "pa.Table":
    """Rows not yet warm hold NULL."""
    import pyarrow as pa

    values = {
        name: pa.array(table.values[:, place], from_pandas=True)
        for place, name in enumerate(table.names)
    }
    symbols = repeat_texts([table.symbol], [len(table)])
    return pa.table({"symbol": symbols, "ts_us": table.ts_us, **values})


def replace_features(cursor: "DuckDBPyConnection", files: FeatureFiles) -> None:
    """Replace the table; older snapshots keep the rows before."""
    columns = "".join(f", {name} DOUBLE" for name in files.names)
    cursor.execute(
        "CREATE OR REPLACE TABLE lake.features"
        f" (symbol VARCHAR NOT NULL, ts_us BIGINT NOT NULL{columns})"
    )
    if files.paths:
        hand_over(cursor, files.paths, table="features")
