"""The feature rows of the last computation, for people and reports."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nija_domain.features.table import FeatureTable

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def replace_features(cursor: "DuckDBPyConnection", tables: Sequence[FeatureTable]) -> None:
    """Rows not yet warm hold NULL; what stood in the table before stays in older snapshots."""
    names = tables[0].names
    columns = "".join(f", {name} DOUBLE" for name in names)
    cursor.execute(
        "CREATE OR REPLACE TABLE lake.features"
        f" (symbol VARCHAR NOT NULL, ts_us BIGINT NOT NULL{columns})"
    )
    for table in tables:
        page = {"symbol": np.full(len(table), table.symbol), "ts_us": table.ts_us}
        page |= {name: table.values[:, column].copy() for column, name in enumerate(names)}
        cursor.register("page", page)
        cursor.execute("INSERT INTO lake.features FROM page")
