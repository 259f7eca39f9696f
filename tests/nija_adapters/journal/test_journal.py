"""One writer and many readers of one chained file."""

import os
import shutil
import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from nija_adapters.journal.reader import JournalReader
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import EventInvalid, JournalBroken, JournalHeld, NijaError
from nija_domain.events.records import BarClosed, EquityMarked, FundsMoved, JournalEvent


def _bars(count: int, *, start: int = 1) -> list[JournalEvent]:
    return [BarClosed(at_us=number, ts_us=number) for number in range(start, start + count)]


def _written(path: Path, events: Sequence[JournalEvent]) -> Path:
    with JournalWriter.open(path) as writer:
        writer.append(events)
    return path


def test_what_was_appended_is_read_back_in_order(tmp_path: Path) -> None:
    """Money and time come back equal, numbered from one, over many sessions."""
    path = tmp_path / "new folder" / "journal.db"
    first = [FundsMoved(at_us=5, amount=Decimal("100.10"), reason="start"), *_bars(2)]
    later = [EquityMarked(at_us=9, equity=Decimal("1E+2"), cash=Decimal(0))]

    with JournalWriter.open(path) as writer:
        acknowledged = writer.append(first)
    with JournalWriter.open(path) as writer:
        resumed = writer.append(later)
        nothing = writer.append([])
        read = list(writer.read())

    assert (acknowledged, resumed, nothing) == (3, 4, 4)
    assert read == list(enumerate([*first, *later], start=1))
    assert list(JournalReader(path).read(2)) == read[2:]


def test_a_reader_of_no_file_sees_no_events_and_makes_none(tmp_path: Path) -> None:
    """Reading before the executor's first start is nothing special."""
    path = tmp_path / "journal.db"

    assert list(JournalReader(path).read()) == []
    assert list(tmp_path.iterdir()) == []


def test_a_paused_reader_does_not_hinder_the_writer(tmp_path: Path) -> None:
    """The writer appends and folds its log away while a reader stands between two rows."""
    path = tmp_path / "journal.db"
    with JournalWriter.open(path) as writer:
        writer.append(_bars(1500))
        reading = JournalReader(path).read()
        first = next(reading)
        writer.append(_bars(10, start=1501))
        blocked = writer._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        rest = list(reading)

    assert first[0] == 1
    assert blocked == 0
    assert [sequence for sequence, _ in rest] == list(range(2, 1511))


def test_a_second_writer_is_refused_by_file_process_and_remedy(tmp_path: Path) -> None:
    """Two executors never write one journal; the lock goes with its holder."""
    path = tmp_path / "journal.db"
    said = rf"journal\.db.*process {os.getpid()};.*stop that"

    with JournalWriter.open(path), pytest.raises(JournalHeld, match=said):
        JournalWriter.open(path)
    JournalWriter.open(path).close()


def test_a_record_that_would_not_read_back_leaves_nothing(tmp_path: Path) -> None:
    """A batch with one bad event is refused whole, and the next batch goes in."""
    path = tmp_path / "journal.db"
    bad = FundsMoved(at_us=1, amount=Decimal("NaN"), reason="bad")

    with JournalWriter.open(path) as writer:
        with pytest.raises(EventInvalid, match=r"journal\.db.*FundsMoved"):
            writer.append([*_bars(2), bad])
        writer.append(_bars(1))

    assert list(JournalReader(path).read()) == [(1, _bars(1)[0])]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file where the folder should be stands for every path that cannot be opened."""
    (tmp_path / "folder").write_text("in the way")

    with pytest.raises(NijaError, match=r"journal\.db cannot be opened.*writable"):
        JournalWriter.open(tmp_path / "folder" / "journal.db")


def test_a_file_of_another_kind_is_no_journal(tmp_path: Path) -> None:
    """Text, and a database without our table, are refused untouched."""
    text, other = tmp_path / "text.db", tmp_path / "other.db"
    text.write_bytes(b"not a database " * 400)
    sqlite3.connect(other).executescript("CREATE TABLE trades (id)").close()

    for path in (text, other):
        with pytest.raises(JournalBroken, match=f"{path.name} is damaged or not a journal.*copy"):
            JournalWriter.open(path)
        with pytest.raises(JournalBroken, match="restore it from a copy"):
            list(JournalReader(path).read())


def test_a_journal_that_lost_its_schema_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    """With the first page's count of tables at zero nothing may be written over the records."""
    path = _written(tmp_path / "journal.db", _bars(3))
    whole = bytearray(path.read_bytes())
    whole[103:105] = b"\0\0"
    path.write_bytes(whole)

    for read in (JournalWriter.open, lambda path: list(JournalReader(path).read())):
        with pytest.raises(JournalBroken, match="restore it from a copy"):
            read(path)
    assert path.read_bytes() == whole


def test_a_changed_record_is_named_by_its_number(tmp_path: Path) -> None:
    """One flipped byte in a body breaks the chain at that body, for writer and reader."""
    path = _written(tmp_path / "journal.db", _bars(9))
    with sqlite3.connect(path) as connection:
        body = connection.execute("SELECT body FROM events WHERE sequence = 5").fetchone()[0]
        changed = body.replace(b'"ts_us":5', b'"ts_us":6')
        connection.execute("UPDATE events SET body = ? WHERE sequence = 5", (changed,))

    with (
        JournalWriter.open(path) as writer,
        pytest.raises(JournalBroken, match=r"journal\.db: the chain breaks at record 5"),
    ):
        list(writer.read())
    with pytest.raises(JournalBroken, match="the chain breaks at record 5"):
        list(JournalReader(path).read(3))


def test_a_cut_tail_is_missed(tmp_path: Path) -> None:
    """Rows taken from the end leave a whole chain, but the file knows how far it went."""
    path = _written(tmp_path / "journal.db", _bars(9))
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM events WHERE sequence > 6")

    with pytest.raises(JournalBroken, match="records after 6 are lost, up to 9"):
        JournalWriter.open(path)


def test_a_number_that_was_never_given_is_no_place_to_read_on_from(tmp_path: Path) -> None:
    """A cursor from another journal is told so instead of waiting for ever."""
    path = _written(tmp_path / "journal.db", _bars(3))

    assert list(JournalReader(path).read(3)) == []
    with pytest.raises(JournalBroken, match="no record 4"):
        list(JournalReader(path).read(4))


def test_no_flipped_byte_anywhere_in_the_file_changes_history(tmp_path: Path) -> None:
    """Each damaged file is refused in our words or reads as before: never otherwise."""
    events = _bars(12)
    whole = _written(tmp_path / "journal.db", events).read_bytes()
    chance = np.random.default_rng(11)
    header, rest = range(100), np.arange(100, len(whole))
    in_use = [at for at in rest if whole[at] != 0]
    spots = [*header, *chance.choice(in_use, 300), *chance.choice(rest, 100)]
    refused = 0
    for at in spots:
        damaged = tmp_path / "damaged" / "journal.db"
        damaged.parent.mkdir()
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :])
        try:
            with JournalWriter.open(damaged) as writer:
                found = list(writer.read())
        except NijaError:
            refused += 1
        else:
            assert found == list(enumerate(events, start=1)), at
        shutil.rmtree(damaged.parent)

    assert refused > 200
