"""Writes candles as Parquet files, which the lake then registers.

DuckDB's own writer is slower and stores numbers as dictionaries; differences of whole steps need
less than half the space.
"""

import os
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from nija_adapters.lake.handover import sync_file
from nija_adapters.lake.ticks import count_steps
from nija_domain.market.candles import Bar, CandleHistory, FloatColumn

if TYPE_CHECKING:
    import pyarrow as pa

Revisions = npt.NDArray[np.int32]

ROWS_A_FILE = 500_000
ROWS_A_GROUP = 122_880
PRICES = Bar._fields[:4]
PRICE_TICKS = tuple(f"{name}_ticks" for name in PRICES)
DELTA_COLUMNS: MappingProxyType[str, str] = MappingProxyType(
    dict.fromkeys(("ts_us", *PRICE_TICKS, "volume_lots"), "DELTA_BINARY_PACKED")
)
REPEATED_COLUMNS = [
    *("symbol", "timeframe_us", "revision", "source", "known_at_us", "venue"),
    *("price_scale", "volume_scale"),
]
# Differences of steps are packed to the bit already: compressing them costs time for nothing.
COMPRESSION: MappingProxyType[str, str] = MappingProxyType(
    dict.fromkeys((*DELTA_COLUMNS, *REPEATED_COLUMNS), "none") | dict.fromkeys(Bar._fields, "zstd")
)


class FreshRows(msgspec.Struct, frozen=True):
    """Rows of one symbol to write, each with its revision."""

    history: CandleHistory
    revisions: Revisions

    def __len__(self) -> int:
        return len(self.history)


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows of one page share: series, source and time."""

    venue: str
    timeframe_us: int
    source: str
    known_at_us: int


def write_files(fresh: Sequence[FreshRows], folder: Path, *, provenance: Provenance) -> list[Path]:
    """Write files into this folder; they are complete on return, but not in the lake yet."""
    folder.mkdir(parents=True, exist_ok=True)
    batches = list(_batches(sorted(fresh, key=lambda part: part.history.symbol)))
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        return list(
            workers.map(lambda batch: _write_file(batch, folder, provenance=provenance), batches)
        )


def _batches(fresh: Sequence[FreshRows]) -> Iterator[list[FreshRows]]:
    """A file's worth each: many short histories, or a piece of a long one."""
    batch: list[FreshRows] = []
    for piece in _pieces(fresh):
        if batch and sum(map(len, batch)) + len(piece) > ROWS_A_FILE:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch


def _pieces(fresh: Sequence[FreshRows]) -> Iterator[FreshRows]:
    for part in fresh:
        for start in range(0, len(part), ROWS_A_FILE):
            stop = start + ROWS_A_FILE
            yield FreshRows(part.history.between(start, stop), part.revisions[start:stop])


def _write_file(batch: Sequence[FreshRows], folder: Path, *, provenance: Provenance) -> Path:
    import pyarrow.parquet as pq

    path = folder / f"candles-{uuid.uuid4()}.parquet"
    pq.write_table(
        _table(batch, provenance),
        path,
        compression=dict(COMPRESSION),
        use_dictionary=REPEATED_COLUMNS,
        column_encoding=dict(DELTA_COLUMNS),
        row_group_size=ROWS_A_GROUP,
    )
    sync_file(path)
    return path


def _table(batch: Sequence[FreshRows], provenance: Provenance) -> "pa.Table":
    import pyarrow as pa

    rows = sum(map(len, batch))
    histories = [part.history for part in batch]
    packed = [_pack_numbers(history) for history in histories]
    return pa.table(
        {
            "symbol": repeat_texts([h.symbol for h in histories], list(map(len, histories))),
            "timeframe_us": as_column(np.full(rows, provenance.timeframe_us)),
            "ts_us": pa.chunked_array([as_column(history.ts_us) for history in histories]),
            "revision": pa.chunked_array([as_column(part.revisions) for part in batch]),
            **{name: pa.chunked_array([numbers[name] for numbers in packed]) for name in packed[0]},
            "source": repeat_texts([provenance.source], [rows]),
            "known_at_us": as_column(np.full(rows, provenance.known_at_us)),
            "venue": repeat_texts([provenance.venue], [rows]),
        }
    )


def repeat_texts(texts: Sequence[str], times: Sequence[int]) -> "pa.DictionaryArray":
    """One text for many rows, stored once."""
    import pyarrow as pa

    places = as_column(np.arange(len(texts), dtype=np.int32).repeat(times))
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    once = pa.StringArray.from_buffers(
        len(encoded), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))
    )
    return pa.DictionaryArray.from_arrays(places, once)


def as_column(numbers: npt.NDArray[Any]) -> "pa.Array":
    """The same memory as Arrow sees it.

    `pa.array` and `pa.scalar` would import pandas to learn that this is none of it: half a second
    of a core in each process.
    """
    import pyarrow as pa

    kept = np.ascontiguousarray(numbers)
    kind = pa.from_numpy_dtype(kept.dtype)
    return pa.Array.from_buffers(kind, len(kept), [None, pa.py_buffer(kept)])


def _pack_numbers(history: CandleHistory) -> dict[str, "pa.Array"]:
    """Each number in steps or, where it is no whole number of any, as it is."""
    prices = [getattr(history, name) for name in PRICES]
    return {
        **_pack(prices, plain=PRICES, scale="price_scale", stepped=PRICE_TICKS),
        **_pack(
            [history.volume], plain=("volume",), scale="volume_scale", stepped=("volume_lots",)
        ),
    }


def _pack(
    columns: Sequence[FloatColumn], *, plain: Sequence[str], scale: str, stepped: Sequence[str]
) -> dict[str, "pa.Array"]:
    """Either the plain columns or the stepped ones are filled, the others are empty."""
    import pyarrow as pa

    rows, steps = len(columns[0]), count_steps(columns)
    no_number, no_step = pa.nulls(rows, pa.float64()), pa.nulls(rows, pa.int64())
    if steps is None:
        filled = dict(zip(plain, map(as_column, columns), strict=True))
        return {**filled, scale: no_number, **dict.fromkeys(stepped, no_step)}
    filled = dict(zip(stepped, map(as_column, steps.columns), strict=True))
    repeated_scale = as_column(np.full(rows, steps.scale))
    return {**dict.fromkeys(plain, no_number), scale: repeated_scale, **filled}
