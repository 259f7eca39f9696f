"""The watch reads what is new, tells silence from life, and survives whatever the file becomes."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.bootstrap import LedgerIncidents
from gateway.settings import GatewaySettings
from gateway.watch import JournalWatch
from nija_adapters.journal.reader import JournalReader
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import JournalBroken
from nija_domain.events.records import BarClosed, JournalEvent, ReleaseActivated
from nija_domain.statements.statement import Statement, extend_statement

SECOND_NS = 1_000_000_000
SECOND_US = 1_000_000
Events = tuple[JournalEvent, ...]


class CountingReader(JournalReader):
    """The real reader, which remembers how many records it handed out."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.handed_out = 0

    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
        for record in super().read(after_sequence):
            self.handed_out += 1
            yield record


def watching(journal: JournalReader, clock) -> JournalWatch:  # noqa: ANN001
    incidents = LedgerIncidents(Path("/nowhere"))
    return JournalWatch(journal, incidents, settings=GatewaySettings(), wall_now_us=clock)


def bars(count: int, *, first: int = 0) -> list[JournalEvent]:
    return [BarClosed(at_us=row, ts_us=row) for row in range(first, first + count)]


def set_written(path: Path, *, at_us: int) -> None:
    for file in (path, path.with_name(f"{path.name}-wal")):
        if file.exists():
            os.utime(file, ns=(at_us * 1_000, at_us * 1_000))


def spoil(path: Path) -> bytes:
    """Changes one byte of a record; gives back what stood there."""
    whole = path.read_bytes()
    at = whole.rindex(b"BTC/USD")
    path.write_bytes(whole[:at] + b"BTC/USE" + whole[at + 7 :])
    return whole


def test_no_journal_is_an_answer_and_not_an_error(watch: JournalWatch, path: Path) -> None:
    """The executor is absent, and nothing is created where it will write."""
    reading = watch.look()

    assert (reading.health, reading.silent_s, reading.statement) == ("absent", None, Statement())
    assert not path.parent.exists()


def test_a_journal_that_appears_and_grows_is_followed(
    watch: JournalWatch, path: Path, session: Events
) -> None:
    """Each look shows what has been appended until then, while the writer holds the file."""
    watch.look()
    with JournalWriter.open(path) as writer:
        for stop in (500, 501, len(session)):
            writer.append(session[writer.last_sequence : stop])

            assert watch.look().statement == extend_statement(
                Statement(), enumerate(session[:stop], 1)
            )


def test_only_what_is_new_is_read(written: Path, clock) -> None:  # noqa: ANN001
    """A look at a journal that has not grown costs the one record by which it is known again."""
    journal = CountingReader(written)
    watch = watching(journal, clock)
    whole = watch.look().statement.sequence
    journal.handed_out = 0
    watch.look()
    with JournalWriter.open(written) as writer:
        writer.append(bars(3))
    watch.look()

    assert whole > 3_000
    assert journal.handed_out == 1 + (1 + 3)


def test_many_who_ask_at_once_cost_one_reading(written: Path) -> None:
    """Within the refresh time the last look is shared."""
    journal = CountingReader(written)
    watch = watching(journal, lambda: 2_000_000_000 * SECOND_US)
    looks = {watch.look().statement.sequence for _ in range(5)}

    assert looks == {journal.handed_out}


def test_a_look_in_mid_reading_does_not_hold_back_the_writer(
    path: Path,
    session: Events,
    clock,  # noqa: ANN001
) -> None:
    """Appends go on between any two records of a reading."""

    class AppendingReader(JournalReader):
        def read(self, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
            for sequence, event in super().read(after_sequence):
                if sequence % 500 == 0:
                    writer.append(bars(1, first=sequence))
                yield sequence, event

    with JournalWriter.open(path) as writer:
        writer.append(session[:2_000])
        watch = watching(AppendingReader(path), clock)
        watch.look()

        assert watch.look().statement.sequence == writer.last_sequence >= 2_004


def test_a_broken_journal_is_told_each_time_and_folded_once(written: Path, clock) -> None:  # noqa: ANN001
    """Until the file is written again; then the watch recovers by itself."""
    whole = spoil(written)
    journal = CountingReader(written)
    watch = watching(journal, clock)
    with pytest.raises(JournalBroken, match="the chain breaks at record"):
        watch.look()
    handed_out = journal.handed_out
    with pytest.raises(JournalBroken, match="the chain breaks at record"):
        watch.look()

    assert journal.handed_out == handed_out

    written.write_bytes(whole)

    assert watch.look().statement.sequence > 3_000


def test_a_break_behind_what_was_read_shows_when_the_journal_grows(
    watch: JournalWatch, written: Path
) -> None:
    """The last good statement is not shown as if it were the newest."""
    watch.look()
    with JournalWriter.open(written) as writer:
        writer.append(bars(5))
    whole = written.read_bytes()
    written.write_bytes(whole[: whole.index(b"SQLite")] + b"no such" + whole[7:])

    with pytest.raises(JournalBroken, match="damaged or not a journal"):
        watch.look()


@pytest.mark.parametrize("records", [1, 3_000, 5_000])
def test_another_journal_in_the_same_place_is_read_from_its_start(
    watch: JournalWatch, written: Path, records: int
) -> None:
    """Whether it is shorter or longer than the one before."""
    watch.look()
    shutil.rmtree(written.parent)
    other = bars(records)
    with JournalWriter.open(written) as writer:
        writer.append(other)

    assert watch.look().statement == extend_statement(Statement(), enumerate(other, 1))


def test_a_journal_that_is_gone_is_absent(watch: JournalWatch, written: Path) -> None:
    """What it once held is not shown any longer."""
    watch.look()
    shutil.rmtree(written.parent)
    reading = watch.look()

    assert (reading.health, reading.statement.sequence) == ("absent", 0)


def test_an_executor_that_records_nothing_is_stale_with_its_age(
    watch: JournalWatch,
    written: Path,
    clock,  # noqa: ANN001
) -> None:
    """From the set time on and not before; the age is the wall time since the last growth."""
    grew_us = clock.now_us
    set_written(written, at_us=grew_us)
    fresh = watch.look()
    clock.now_us = grew_us + 598 * SECOND_US
    edge = watch.look()
    stale = watch.look()

    assert (fresh.health, fresh.silent_s) == ("fresh", 2.0)
    assert (edge.health, edge.silent_s) == ("fresh", 600.0)
    assert (stale.health, stale.silent_s) == ("stale", 602.0)


def test_an_executor_without_a_release_waits_and_is_not_stale(
    watch: JournalWatch,
    path: Path,
    session: Events,
    clock,  # noqa: ANN001
) -> None:
    """It records no bar before there is one, however long the first training takes."""
    first = next(row for row, event in enumerate(session) if isinstance(event, ReleaseActivated))
    with JournalWriter.open(path) as writer:
        writer.append(session[:first])
    set_written(path, at_us=clock.now_us - 3_600 * SECOND_US)
    silent = watch.look()

    assert (silent.health, silent.statement.state.release) == ("waiting", None)


def test_a_restart_of_the_gateway_does_not_make_an_executor_fresh(written: Path, clock) -> None:  # noqa: ANN001
    """The age comes from the files, also after other readers have been there."""
    set_written(written, at_us=clock.now_us // 2)
    start_us = clock.now_us - clock.now_us // 2
    ages = [watching(JournalReader(written), clock).look().silent_s for _ in range(3)]

    assert ages == [start_us / SECOND_US + passed_s for passed_s in (2.0, 4.0, 6.0)]


def test_a_file_that_is_touched_without_growing_stays_stale(
    watch: JournalWatch,
    written: Path,
    clock,  # noqa: ANN001
) -> None:
    """Only new records are a sign of life; the next of them is one at once."""
    set_written(written, at_us=clock.now_us - 3_600 * SECOND_US)
    watch.look()
    set_written(written, at_us=clock.now_us)
    touched = watch.look()
    with JournalWriter.open(written) as writer:
        writer.append(bars(1))
    set_written(written, at_us=clock.now_us)
    grown = watch.look()

    assert touched.health == "stale"
    assert (grown.health, grown.silent_s) == ("fresh", 2.0)


def test_a_clock_that_stepped_back_makes_no_negative_age(
    watch: JournalWatch,
    written: Path,
    clock,  # noqa: ANN001
) -> None:
    """A journal from the future has just been written."""
    set_written(written, at_us=clock.now_us + 3_600 * SECOND_US)

    assert watch.look().silent_s == 0.0
