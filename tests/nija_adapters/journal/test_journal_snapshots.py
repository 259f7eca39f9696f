"""A snapshot is used only if it surely belongs to this journal and this code."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from nija_adapters.journal.snapshots import JournalSnapshots
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import NijaError
from nija_domain.events.records import BarClosed
from nija_domain.trading.snapshots import Snapshot

ROWS = 50


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "journal.db"
    with JournalWriter.open(made) as journal:
        journal.append([BarClosed(at_us=number, ts_us=number) for number in range(ROWS)])
    return made


def kept(path: Path, *sequences: int) -> JournalSnapshots:
    snapshots = JournalSnapshots(path, rules="these")
    for sequence in sequences:
        snapshots.keep(Snapshot(sequence=sequence, body=b"state %d" % sequence))
    return snapshots


def files(path: Path) -> list[Path]:
    return sorted(path.parent.glob("*state-*"))


def test_the_newest_is_read_and_the_last_two_are_kept(path: Path) -> None:
    """Nothing unfinished stays behind."""
    snapshots = kept(path, 10, 20, 30)

    assert snapshots.newest() == Snapshot(sequence=30, body=b"state 30")
    assert [file.name for file in files(path)] == [
        "journal.db.state-000000000020",
        "journal.db.state-000000000030",
    ]


def test_without_any_there_is_none(path: Path) -> None:
    """Nor does a journal have to exist."""
    assert kept(path).newest() is None
    assert JournalSnapshots(path.with_name("none.db"), rules="these").newest() is None


def test_other_code_or_types_ignore_it(path: Path) -> None:
    """The rules are part of the file, so the next version folds everything once."""
    kept(path, 10)

    assert JournalSnapshots(path, rules="those").newest() is None


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_torn_one_gives_way_to_the_one_before(path: Path, share: float) -> None:
    """Cut at its beginning, in its midst, or before its last byte."""
    snapshots = kept(path, 10, 20)
    newest = files(path)[-1]
    content = newest.read_bytes()
    newest.write_bytes(content[: int(share * len(content))])

    assert snapshots.newest() == Snapshot(sequence=10, body=b"state 10")


def test_no_flipped_bit_is_believed(path: Path) -> None:
    """Wherever it is: number, anchor, rules, body, digest."""
    snapshots = kept(path, 10)
    (file,) = files(path)
    content = file.read_bytes()
    for at in range(len(content)):
        file.write_bytes(content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :])

        assert snapshots.newest() is None, at


def test_one_of_another_journal_is_ignored_and_makes_room(path: Path) -> None:
    """The same name and number, but another record: its anchor differs. A restored copy too."""
    snapshots = kept(path, 10, 50)
    path.unlink()
    with JournalWriter.open(path) as journal:
        journal.append([BarClosed(at_us=1, ts_us=number) for number in range(20)])

    assert snapshots.newest() is None
    snapshots.keep(Snapshot(sequence=15, body=b"new"))
    assert snapshots.newest() == Snapshot(sequence=15, body=b"new")
    assert [file.name[-2:] for file in files(path)] == ["10", "15"]


def test_a_changed_record_at_the_anchor_is_seen(path: Path) -> None:
    """The hash of the record must be the one that the state followed."""
    snapshots = kept(path, 10)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE events SET hash = zeroblob(32) WHERE sequence = 10")

    assert snapshots.newest() is None


def test_a_folder_that_cannot_be_written_is_told(path: Path) -> None:
    """Trading goes on without; the caller logs it."""
    snapshots = kept(path)
    (path.parent / f"unfinished.{path.name}").mkdir()

    with pytest.raises(NijaError, match="cannot be written"):
        snapshots.keep(Snapshot(sequence=10, body=b""))
    assert snapshots.newest() is None
