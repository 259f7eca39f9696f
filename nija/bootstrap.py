"""The one place where the command line meets the real world."""

from collections.abc import Iterator
from pathlib import Path

from nija_adapters.journal.reader import JournalReader
from nija_domain.events.records import JournalEvent


def read_journal(path: Path, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
    return JournalReader(path).read(after_sequence)
