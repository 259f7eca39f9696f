"""An executor on its stand with a real journal on the disk, which another program may hold."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from nija_adapters.journal.emergency import EmergencyJournal
from nija_adapters.journal.reader import read_file
from nija_domain.events import records as ev
from tests.fakes.stands import HOLD, Stand


class LockableStand(Stand):
    """`start` opens the journal as a new process does; `die` is the end of a process."""

    def __init__(self, folder: Path, *, bars: int = 14) -> None:
        super().__init__(bars=bars, strategy=HOLD)
        self.path = folder / "journal.sqlite"
        self.side = folder / "journal.sqlite.emergency"

    async def start(self, *, symbols: tuple[str, ...] = ("BTC/USD", "SOL/USD")) -> None:
        self.journal = self.emergency = EmergencyJournal.open(self.path)
        await super().start(symbols=symbols)

    async def ready(self) -> None:
        """A session that holds something."""
        await self.start()
        await self.play(2)
        assert self.venue.holdings

    def die(self) -> None:
        """Only what lies on the disk is left; the kernel gives the locks back."""
        self.journal._writer.close()

    def kinds(self) -> list[str]:
        return [type(event).__name__ for _, event in self.journal.read()]

    def stored(self) -> list[ev.JournalEvent]:
        return [event for _, event in read_file(self.path, after_sequence=0)]


@contextlib.contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    """Nobody else can write, but everybody can read."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
