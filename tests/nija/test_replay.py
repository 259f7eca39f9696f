"""A recorded session comes out the same; a changed one is named where it first differs."""

import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from nija.__main__ import app
from nija.actions.replay import replay_journal
from nija_adapters.journal.writer import JournalWriter
from nija_domain.errors import PlaceUnusable
from nija_domain.evaluation.backtest import run_backtest
from nija_domain.events.records import CandleClosed, EquityMarked, JournalEvent
from tests.fakes.planted import derived_again
from tests.fakes.stages import plan_backtest
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
    assert f"record {row + 1:,} is the first that differs" in found.sentence
    told = json.loads(found.as_line())
    assert told["difference"]["field"] == "equity"
    assert told["difference"]["kind"] == "code"
    assert told["recorded_by"] == "0.0.0 (unknown)"
    assert told["other_code"].startswith("nija-")
    assert "nija --version" in told["remedy"]


def test_a_missing_journal_is_an_error_and_not_an_equal_one(tmp_path: Path) -> None:
    """Nothing to replay is not parity."""
    with pytest.raises(PlaceUnusable, match="no journal"):
        replay_journal(tmp_path / "none.sqlite")
    with pytest.raises(PlaceUnusable, match="no record yet"):
        replay_journal(journal_with(tmp_path, ()))


def _two_journals(tmp_path: Path) -> tuple[Path, Path]:
    """The second session saw one candle with another volume."""
    events = run_backtest(plan_backtest(bars=20, seed=1)).events
    row = next(n for n, event in enumerate(events) if isinstance(event, CandleClosed))
    candle = events[row]
    assert isinstance(candle, CandleClosed)
    other = derived_again(
        (*events[:row], msgspec.structs.replace(candle, volume=1.0), *events[row + 1 :])
    )
    folders = tmp_path / "one", tmp_path / "two"
    for folder in folders:
        folder.mkdir()
    return journal_with(folders[0], events), journal_with(folders[1], other)


def _run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["replay", *map(str, arguments)], env={"COLUMNS": "80"})
    return done.exit_code, done.output


def test_another_journal_that_differs_is_shown_in_words(tmp_path: Path) -> None:
    """Class, both values, what it means and what to do, in a window of 80 columns."""
    one, two = _two_journals(tmp_path)
    code, shown = _run(one, "--against", two)

    assert code == 1
    assert all(len(line) <= 80 for line in shown.splitlines())
    for words in ("revised candle", "BTC/USD", "volume", "candle closed", "what to do"):
        assert words in shown


def test_a_journal_beside_itself_does_not_differ(tmp_path: Path) -> None:
    """Exit code 0, and what was compared."""
    one, _ = _two_journals(tmp_path)
    code, shown = _run(one, "--against", one)

    assert code == 0
    assert "20 bars" in shown
    assert "60 candles" in shown
    assert json.loads(_run(one, "--against", one, "--json")[1])["is_equal"] is True


def test_what_cannot_be_compared_is_no_difference(tmp_path: Path) -> None:
    """Exit code 2, with what to do."""
    one, _ = _two_journals(tmp_path)
    code, shown = _run(one, "--against", tmp_path / "none.sqlite")

    assert code == 2
    assert "no journal at" in " ".join(shown.split())
