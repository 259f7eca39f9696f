"""Candles into Parquet files of our own making, which the lake then takes over.

DuckDB's writer is slower and keeps numbers as dictionaries; differences of whole steps take less
than half the room.
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

from nija_adapters.lake.ticks import Steps, count_steps
from nija_domain.market.candles import Bar, CandleHistory

if TYPE_CHECKING:
    import pyarrow as pa

Revisions = npt.NDArray[np.int32]

ROWS_A_FILE = 1_250_000
ROWS_A_GROUP = 122_880
PRICES = Bar._fields[:4]
PRICE_TICKS = tuple(f"{name}_ticks" for name in PRICES)
DELTA_COLUMNS: MappingProxyType[str, str] = MappingProxyType(
    dict.fromkeys(("ts_us", *PRICE_TICKS, "volume_lots"), "DELTA_BINARY_PACKED")
)
REPEATED_COLUMNS = [
    *("symbol", "timeframe_us", "revision", "source", "known_at_us"),
    *("price_scale", "volume_scale"),
]


class Stretch(msgspec.Struct, frozen=True):
    """Rows of one symbol that are to be written, each with its revision."""

    history: CandleHistory
    revisions: Revisions

    def __len__(self) -> int:
        return len(self.history)


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows of one page share."""

    timeframe_us: int
    source: str
    known_at_us: int


def write_files(stretches: Sequence[Stretch], folder: Path, *, stamp: Stamp) -> list[Path]:
    """New files in this folder, whole when this returns; the lake knows nothing of them yet."""
    folder.mkdir(parents=True, exist_ok=True)
    batches = list(_batches(sorted(stretches, key=lambda s: s.history.symbol)))
    with ThreadPoolExecutor(os.cpu_count()) as workers:
        return list(workers.map(lambda batch: _write_file(batch, folder, stamp=stamp), batches))


def _batches(stretches: Sequence[Stretch]) -> Iterator[list[Stretch]]:
    """A file's worth each: many short stretches, or a piece of a long one."""
    batch: list[Stretch] = []
    for piece in _pieces(stretches):
        if batch and sum(map(len, batch)) + len(piece) > ROWS_A_FILE:
            yield batch
            batch = []
        batch.append(piece)
    if batch:
        yield batch


def _pieces(stretches: Sequence[Stretch]) -> Iterator[Stretch]:
    for stretch in stretches:
        for start in range(0, len(stretch), ROWS_A_FILE):
            stop = start + ROWS_A_FILE
            history = stretch.history.between(start, stop)
            yield Stretch(history, stretch.revisions[start:stop])


def _write_file(batch: Sequence[Stretch], folder: Path, *, stamp: Stamp) -> Path:
    import pyarrow.parquet as pq

    path = folder / f"candles-{uuid.uuid4()}.parquet"
    pq.write_table(
        _table(batch, stamp),
        path,
        compression="zstd",
        compression_level=1,
        use_dictionary=REPEATED_COLUMNS,
        column_encoding=dict(DELTA_COLUMNS),
        row_group_size=ROWS_A_GROUP,
    )
    return path


def _table(batch: Sequence[Stretch], stamp: Stamp) -> "pa.Table":
    import pyarrow as pa

    rows = sum(map(len, batch))
    packed = [_pack_numbers(stretch.history) for stretch in batch]
    return pa.table(
        {
            "symbol": repeat_texts(
                [stretch.history.symbol for stretch in batch], list(map(len, batch))
            ),
            "timeframe_us": pa.repeat(pa.scalar(stamp.timeframe_us, pa.int64()), rows),
            "ts_us": pa.chunked_array([stretch.history.ts_us for stretch in batch]),
            "revision": pa.chunked_array([stretch.revisions for stretch in batch]),
            **{name: pa.chunked_array([part[name] for part in packed]) for name in packed[0]},
            "source": repeat_texts([stamp.source], [rows]),
            "known_at_us": pa.repeat(pa.scalar(stamp.known_at_us, pa.int64()), rows),
        }
    )


def repeat_texts(texts: Sequence[str], times: Sequence[int]) -> "pa.DictionaryArray":
    """Each text in as many rows as it is said, stored once."""
    import pyarrow as pa

    places = np.arange(len(texts), dtype=np.int32).repeat(times)
    return pa.DictionaryArray.from_arrays(places, list(texts))


def _pack_numbers(history: CandleHistory) -> dict[str, "pa.Array"]:
    """Each number in steps or, where it is no whole number of any, as it is."""
    prices = [getattr(history, name) for name in PRICES]
    return {
        **_pack(prices, PRICES, ("price_scale", *PRICE_TICKS)),
        **_pack([history.volume], ("volume",), ("volume_scale", "volume_lots")),
    }


def _pack(
    columns: Sequence[npt.NDArray[Any]], plain: Sequence[str], stepped: Sequence[str]
) -> dict[str, "pa.Array"]:
    import pyarrow as pa

    rows, steps = len(columns[0]), count_steps(columns)
    packed = dict(zip(plain, map(pa.array, columns), strict=True)) if steps is None else {}
    if steps is not None:
        packed = dict(zip(stepped, _stepped_arrays(steps, rows), strict=True))
    kinds = {**dict.fromkeys(plain, pa.float64()), stepped[0]: pa.float64()}
    return {
        name: packed.get(name, pa.nulls(rows, kinds.get(name, pa.int64())))
        for name in (*plain, *stepped)
    }


def _stepped_arrays(steps: Steps, rows: int) -> list["pa.Array"]:
    import pyarrow as pa

    return [pa.repeat(pa.scalar(steps.scale), rows), *map(pa.array, steps.columns)]
