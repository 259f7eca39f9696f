"""A recorded session comes out the same; a changed one is named where it first differs."""

import json
from pathlib import Path

import msgspec
import pytest

from nija.actions.replay import replay_journal
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import PlaceUnusable
from nija_domain.events.records import EquityMarked, JournalEvent
from tests.fakes.traded import traded_session


def journal_with(folder: Path, events: tuple[JournalEvent, ...]) -> Path:
    path = folder / "journal.sqlite"
    with JournalWriter.open(path) as journal:
        journal.append(events)
    return path


def test_a_recorded_session_comes_out_the_same(tmp_path: Path) -> None:
    """Every derived record is derived again."""
    found = replay_journal(journal_with(tmp_path, traded_session()))

    assert found.is_equal
    assert "to the bit" in found.sentence


def test_one_changed_cent_is_named_with_its_record_and_field(tmp_path: Path) -> None:
    """The chain of this journal is whole: only the replay can tell."""
    events = list(traded_session())
    row = next(n for n, event in enumerate(events) if isinstance(event, EquityMarked))
    marked = events[row]
    assert isinstance(marked, EquityMarked)
    events[row] = msgspec.structs.replace(marked, equity=marked.equity + 1)

    found = replay_journal(journal_with(tmp_path, tuple(events)))

    assert not found.is_equal
    assert f"record {row + 1} differs in equity" in found.sentence
    assert json.loads(found.as_line())["difference"]["field"] == "equity"


def test_a_missing_journal_is_an_error_and_not_an_equal_one(tmp_path: Path) -> None:
    """Nothing to replay is not parity."""
    with pytest.raises(PlaceUnusable, match="no journal"):
        replay_journal(tmp_path / "none.sqlite")
