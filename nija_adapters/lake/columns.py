"""Turns records into columns; every number stays exact."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from nija_adapters.lake.schema import SQL_TYPES
from nija_domain.errors import EventInvalid

PLACES = 18
WHOLE_LIMIT = Decimal(10) ** (38 - PLACES)


def columns_of(rows: Sequence[msgspec.Struct]) -> dict[str, npt.NDArray[Any]]:
    """One column per field; decimals as text, which the database reads exactly."""
    names = type(rows[0]).__struct_fields__
    return {name: _column([getattr(row, name) for row in rows], name) for name in names}


def typed_fields(row_type: type[msgspec.Struct]) -> str:
    """The SQL types of these columns."""
    fields: Any = msgspec.structs.fields(row_type)
    return ", ".join(f"CAST({field.name} AS {SQL_TYPES[field.type]})" for field in fields)


def _column(cells: list[Any], name: str) -> npt.NDArray[Any]:
    if isinstance(cells[0], int):
        return np.array(cells, dtype=np.int64)
    if isinstance(cells[0], Decimal):
        cells = [_exact_text(cell, name) for cell in cells]
    return np.array(cells)


def _exact_text(value: Decimal, name: str) -> str:
    """The number in full, because the database would round in silence what does not fit."""
    exponent = value.normalize().as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -PLACES or abs(value) >= WHOLE_LIMIT:
        raise EventInvalid(
            f"{name} {value} has no place in a column of {PLACES} decimals; check what wrote it"
        )
    return format(value, "f")
