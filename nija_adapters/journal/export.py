"""Copies the journal into a Parquet file from which the whole chain can be written again."""

import contextlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from nija_adapters.journal.migrations import read_format
from nija_adapters.journal.table import (
    errors_named,
    is_empty,
    open_read_only,
    read_hash,
    read_links,
)
from nija_domain.errors import PlaceUnusable
from nija_domain.events.chain import GENESIS_HASH, Link

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK_ROWS = 10_000
"""Rows in memory at a time, and in each row group of the file."""

AFTER, AFTER_HASH = b"after_sequence", b"after_hash"
"""In the file's own metadata: the record before the first one, and its hash (the chain's root
before record 1)."""


class Head(msgspec.Struct, frozen=True):
    """What every record has, of any version."""

    type: str
    at_us: int


_decoder = msgspec.json.Decoder(Head)


def export_journal(path: Path, to: Path, *, after_sequence: int = 0) -> int:
    """Write the records after this number; returns how many. A file that exists is not replaced.

    The chain is followed on the way; where it breaks, nothing is left behind.
    """
    if to.exists():
        raise PlaceUnusable(f"{to} exists; name a new file, or delete this one first")
    unfinished = to.with_name(f"{to.name}.unfinished")
    try:
        written = _write(path, unfinished, after_sequence=after_sequence)
        unfinished.rename(to)
    except OSError as error:
        raise PlaceUnusable(
            f"{to} cannot be written ({error.strerror}); name a file in an existing folder that you"
            " may write to, or free disk space"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return written


def _write(path: Path, to: Path, *, after_sequence: int) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with errors_named(path), contextlib.closing(open_read_only(path)) as connection:
        links: Iterable[Link] = ()
        if not is_empty(connection):
            read_format(connection)
            links = read_links(connection, after_sequence=after_sequence)
        root = read_hash(connection, after_sequence) if after_sequence else GENESIS_HASH
        schema = pa.schema(
            [
                pa.field("sequence", pa.int64(), nullable=False),
                pa.field("at_us", pa.int64(), nullable=False),
                pa.field("kind", pa.string(), nullable=False),
                pa.field("body", pa.binary(), nullable=False),
                pa.field("hash", pa.binary(32), nullable=False),
            ],
            metadata={AFTER: str(after_sequence), AFTER_HASH: root.hex()},
        )
        written = 0
        with pq.ParquetWriter(to, schema, compression="zstd") as file:
            for chunk in _chunks(links):
                file.write_batch(_batch(chunk, schema))
                written += len(chunk)
    return written


def _chunks(links: Iterable[Link]) -> Iterator[list[Link]]:
    rest = iter(links)
    while chunk := list(islice(rest, CHUNK_ROWS)):
        yield chunk


def _batch(links: list[Link], schema: "pa.Schema") -> "pa.RecordBatch":
    import pyarrow as pa

    heads = [_decoder.decode(link.body) for link in links]
    columns = (
        [link.sequence for link in links],
        [head.at_us for head in heads],
        [head.type for head in heads],
        [link.body for link in links],
        [link.hash for link in links],
    )
    arrays = [
        pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)
    ]
    return pa.record_batch(arrays, schema=schema)
