"""A person's word by the command line is a signed directive, if it would change anything."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from nija_adapters.journal.writer import JournalWriter
from nija_adapters.release_store.directives import Directives
from nija_adapters.release_store.keys import load_trusted_keys
from nija_domain.capital.limits import HardLimits, fingerprint_of
from nija_domain.events import records as ev
from nija_domain.market.timeframes import HOUR_US
from nija_domain.releases.directive import Directive
from tests.fakes.commands import nija
from tests.fakes.sessions import NOON_US, opening

HALT = ev.HaltTripped(at_us=NOON_US, limit="max_drawdown_halt", value=0.41, bound=0.4)
TIGHT = HardLimits(max_trade_share=0.01, min_notional=50.0)
DEAD_VENUE = {"NIJA_PIPELINES_VENUE_URL": "http://127.0.0.1:9"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "journal").mkdir()
    return tmp_path


def record(home: Path, *events: ev.JournalEvent) -> None:
    with JournalWriter.open(home / "journal" / "journal.sqlite") as journal:
        journal.append([*opening(), *events])


def issued(home: Path) -> Sequence[Directive]:
    directives = Directives(home / "releases" / "directives" / "champion")
    trusted = load_trusted_keys(home / "keys")
    return [directives.load(n, trusted_keys=trusted) for n in directives.numbers_after(0)]


def test_each_word_is_signed_and_says_who_gave_it(home: Path) -> None:
    """Suspend, reduce-only, resume and kill; the hours are the venue's."""
    record(home)
    for arguments in (
        ("suspend", "--why", "a", "--hours", "2"),
        ("reduce-only", "--why", "b"),
        ("resume", "--why", "c"),
        ("kill", "--why", "d", "--channel", "champion"),
    ):
        assert nija(*arguments, home=home, environ=DEAD_VENUE).returncode == 0
    found = issued(home)

    assert [each.kind for each in found] == ["suspend", "reduce_only", "resume", "kill"]
    assert {each.authority for each in found} == {"person"}
    assert [each.reason for each in found] == ["a", "b", "c", "d"]
    assert found[0].expires_us - found[0].issued_us == 2 * HOUR_US
    assert not (home / "kill").exists()


def test_a_kill_on_a_channel_that_nobody_reads_is_refused(home: Path) -> None:
    """A slip of the pen must not look like a kill."""
    answer = nija("kill", "--why", "w", "--channel", "chmpion", home=home, environ=DEAD_VENUE)

    assert answer.returncode == 1
    assert "no channel chmpion, so nobody would obey" in answer.stderr


def test_a_lift_tells_what_it_means_and_asks(home: Path) -> None:
    """Without a yes nothing is signed; what is not in force cannot be lifted."""
    record(home, HALT)
    lift = ("lift", "max_drawdown_halt", "--why", "w")
    asked = nija(*lift, home=home, said="n\n", environ=DEAD_VENUE)
    assert issued(home) == []
    done = nija(*lift, "--yes", home=home, environ=DEAD_VENUE)
    none = nija("lift", "daily_rollback", "--why", "w", "--yes", home=home, environ=DEAD_VENUE)
    (directive,) = issued(home)

    assert "41.0% lost, 40.0% allowed" in asked.stdout
    assert "drawdown is measured from the equity of now" in asked.stdout
    assert asked.returncode != 0
    assert "Directive 1 lifts max_drawdown_halt" in done.stdout
    assert (directive.kind, directive.subject) == ("lift", "max_drawdown_halt")
    assert none.returncode == 1
    assert "in force now: max_drawdown_halt" in none.stderr


def test_a_daily_loss_cannot_be_lifted(home: Path) -> None:
    """It says when it ends instead."""
    record(home, msgspec.structs.replace(HALT, limit="daily_loss_halt"))
    answer = nija("lift", "daily_loss_halt", "--why", "w", "--yes", home=home, environ=DEAD_VENUE)

    assert answer.returncode == 1
    assert "ends by itself at the venue's next midnight" in answer.stderr


def test_an_approval_shows_old_and_new_and_signs_the_file(home: Path) -> None:
    """What counts is tighter than the file; where it is not, there is nothing to approve."""
    read = ev.LimitsRead(at_us=NOON_US, content=msgspec.json.encode(TIGHT).decode())
    record(home, read)
    approve = ("approve", "limits", "--why", "w", "--yes")
    done = nija(*approve, home=home, environ=DEAD_VENUE)
    (directive,) = issued(home)

    assert "max_trade_share: 0.01 → 0.1" in done.stdout
    assert "min_notional: 50 → 10" in done.stdout
    assert (directive.kind, directive.subject) == ("limits", fingerprint_of(HardLimits()))


def test_limits_that_are_not_looser_need_no_approval(home: Path) -> None:
    """The defaults of the file are those that count."""
    record(home)
    answer = nija("approve", "limits", "--why", "w", "--yes", home=home, environ=DEAD_VENUE)

    assert answer.returncode == 1
    assert "nothing to approve" in answer.stderr
