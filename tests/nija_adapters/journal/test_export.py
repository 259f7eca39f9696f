"""A Parquet file of the journal loses nothing: the same chain can be written from it."""

import contextlib
import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from nija_adapters.journal import export as exporting
from nija_adapters.journal.export import AFTER, AFTER_HASH, export_journal
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import JournalBroken, NijaError, PlaceUnusable
from nija_domain.events.chain import GENESIS_HASH, Link, decode_event, follow_chain, link_all
from tests.fakes.traded import traded_session


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "journal.db"
    with JournalWriter.open(made) as journal:
        journal.append(traded_session())
    return made


def rows_of(path: Path) -> list[tuple[int, bytes, bytes]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM events ORDER BY sequence").fetchall()


def links_of(file: Path) -> list[Link]:
    columns = pq.read_table(file, columns=["sequence", "body", "hash"]).to_pylist()
    return [Link(row["sequence"], row["body"], row["hash"]) for row in columns]


def test_the_chain_is_written_again_from_the_file(path: Path, tmp_path: Path) -> None:
    """From the bodies alone every hash comes out again, and every byte of the journal."""
    to = tmp_path / "journal.parquet"
    written = export_journal(path, to)
    exported = links_of(to)

    again = link_all(link.body for link in exported)

    assert written == len(traded_session())
    assert list(again) == exported
    assert [(link.sequence, link.body, link.hash) for link in again] == rows_of(path)


def test_time_and_kind_are_columns(path: Path, tmp_path: Path) -> None:
    """A query need not read a body."""
    to = tmp_path / "journal.parquet"
    export_journal(path, to)
    table = pq.read_table(to, columns=["at_us", "kind", "body"]).to_pylist()

    assert all(row["at_us"] == decode_event(row["body"]).at_us for row in table)
    assert {row["kind"] for row in table} >= {"candle_closed/1", "order_filled/2"}


def test_files_of_parts_make_one_chain(path: Path, tmp_path: Path) -> None:
    """Each part says after which record it begins, and with which hash."""
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    until = export_journal(path, first) - 1_000
    rest = export_journal(path, second, after_sequence=until)
    metadata = pq.read_schema(second).metadata
    links = links_of(second)
    before = Link(int(metadata[AFTER]), b"", bytes.fromhex(metadata[AFTER_HASH].decode()))

    assert rest == 1_000
    assert list(follow_chain(links, previous=before)) == links
    assert pq.read_schema(first).metadata[AFTER_HASH].decode() == GENESIS_HASH.hex()


def test_only_a_chunk_is_held_at_a_time(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file grows by row groups of the chunk's size, whatever the journal's length."""
    monkeypatch.setattr(exporting, "CHUNK_ROWS", 500)
    to = tmp_path / "journal.parquet"
    export_journal(path, to)
    file = pq.ParquetFile(to).metadata
    sizes = [file.row_group(number).num_rows for number in range(file.num_row_groups)]

    assert sizes == [500] * (len(traded_session()) // 500) + [len(traded_session()) % 500]


def test_a_broken_chain_leaves_no_file(path: Path, tmp_path: Path) -> None:
    """A copy of what cannot be trusted is not made."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE events SET hash = zeroblob(32) WHERE sequence = 2000")

    with pytest.raises(JournalBroken, match="breaks at record 2000"):
        export_journal(path, tmp_path / "journal.parquet")
    assert list(tmp_path.glob("*parquet*")) == []


def test_what_exists_is_not_replaced_and_what_cannot_be_written_is_named(
    path: Path, tmp_path: Path
) -> None:
    """Both with the file and what to do."""
    there = tmp_path / "there.parquet"
    there.write_text("mine")

    with pytest.raises(PlaceUnusable, match=r"there\.parquet exists; name a new file"):
        export_journal(path, there)
    with pytest.raises(PlaceUnusable, match="existing folder"):
        export_journal(path, tmp_path / "nowhere" / "journal.parquet")
    with pytest.raises(NijaError, match="no record 9999"):
        export_journal(path, tmp_path / "journal.parquet", after_sequence=9_999)
    assert there.read_text() == "mine"


def test_an_empty_journal_is_an_empty_file(tmp_path: Path) -> None:
    """The columns are there, so that a query over many files works."""
    empty, to = tmp_path / "empty.db", tmp_path / "empty.parquet"
    JournalWriter.open(empty).close()

    assert export_journal(empty, to) == 0
    assert pq.read_schema(to).names == ["sequence", "at_us", "kind", "body", "hash"]
