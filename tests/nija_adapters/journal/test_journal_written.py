"""The files of a journal tell when it was last written, and readers do not count."""

import os
from pathlib import Path

from nija_adapters.journal.reader import JournalReader
from nija_adapters.journal.writer import JournalWriter
from nija_domain.events.records import BarClosed

LONG_AGO_US = 1_000_000_000_000_000
BAR = BarClosed(at_us=1, ts_us=1)


def set_written(file: Path, at_us: int) -> None:
    os.utime(file, ns=(at_us * 1_000, at_us * 1_000))


def test_no_journal_was_never_written(tmp_path: Path) -> None:
    """None, and not some time long ago."""
    assert JournalReader(tmp_path / "journal.sqlite").last_written_us() is None


def test_a_write_into_the_log_counts_while_the_file_rests(tmp_path: Path) -> None:
    """The writer's log is newer than the file until it is folded in."""
    path = tmp_path / "journal.sqlite"
    with JournalWriter.open(path) as writer:
        writer.append([BAR])
        set_written(path, LONG_AGO_US)
        set_written(path.with_name("journal.sqlite-wal"), LONG_AGO_US + 5)

        assert JournalReader(path).last_written_us() == LONG_AGO_US + 5

        writer.append([BAR])

        assert (JournalReader(path).last_written_us() or 0) > LONG_AGO_US + 5


def test_reading_is_no_writing(tmp_path: Path) -> None:
    """The empty log that a reader leaves behind does not count."""
    path = tmp_path / "journal.sqlite"
    with JournalWriter.open(path) as writer:
        writer.append([BAR])
    set_written(path, LONG_AGO_US)
    read = list(JournalReader(path).read())

    assert len(read) == 1
    assert path.with_name("journal.sqlite-wal").exists()
    assert JournalReader(path).last_written_us() == LONG_AGO_US
