"""The feature rows of the last computation, for people and reports."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from nija_domain.features.table import FeatureTable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def replace_features(cursor: "DuckDBPyConnection", tables: Iterable[FeatureTable]) -> None:
    """Rows not yet warm hold NULL; what stood in the table before stays in older snapshots."""
    for number, table in enumerate(tables):
        if number == 0:
            _create_table(cursor, table.names)
        page = {"symbol": np.full(len(table), table.symbol), "ts_us": table.ts_us}
        page |= {name: table.values[:, column].copy() for column, name in enumerate(table.names)}
        cursor.register("page", page)
        cursor.execute("INSERT INTO lake.features FROM page")


def _create_table(cursor: "DuckDBPyConnection", names: tuple[str, ...]) -> None:
    columns = "".join(f", {name} DOUBLE" for name in names)
    cursor.execute(
        "CREATE OR REPLACE TABLE lake.features"
        f" (symbol VARCHAR NOT NULL, ts_us BIGINT NOT NULL{columns})"
    )
