"""The venues' descriptions of their pairs, with their history."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nija_adapters.lake.columns import columns_of, typed_fields
from nija_adapters.lake.schema import quote
from nija_domain.market.instruments import Instrument

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

KNOWN = """
SELECT * EXCLUDE (source, known_at_us) FROM lake.instruments
WHERE source = {source} AND known_at_us <= {at_us:d}
QUALIFY row_number() OVER (PARTITION BY symbol ORDER BY known_at_us DESC) = 1
ORDER BY symbol
"""


def append_changes(
    cursor: "DuckDBPyConnection",
    instruments: Sequence[Instrument],
    *,
    source: str,
    known_at_us: int,
) -> int:
    """Store new and changed descriptions; returns how many."""
    known = {i.symbol: i for i in read_known(cursor, source=source, at_us=known_at_us)}
    changed = [i for i in instruments if known.get(i.symbol) != i]
    if changed:
        page = columns_of(changed)
        page |= {"source": np.full(len(changed), source)}
        page |= {"known_at_us": np.full(len(changed), known_at_us)}
        cursor.register("page", page)
        typed = typed_fields(Instrument)
        typed_rows = f"SELECT {typed}, source, known_at_us FROM page"  # noqa: S608 - names and types are our own
        cursor.execute(f"INSERT INTO lake.instruments {typed_rows}")
        cursor.unregister("page")
    return len(changed)


def read_known(cursor: "DuckDBPyConnection", *, source: str, at_us: int) -> list[Instrument]:
    """Each pair as this source described it at that time."""
    rows = cursor.execute(KNOWN.format(source=quote(source), at_us=at_us)).fetchall()
    return [Instrument(*row) for row in rows]
