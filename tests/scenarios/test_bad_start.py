"""What the executor says and does when it cannot start, or not yet."""

import shutil
import signal
import socket
from pathlib import Path

import pytest

from nija_domain.events.records import SessionStarted
from tests.fakes.programs import ROOT, executor_environ, journal_of, program, venue, wait_for

CLOSED_URL = "http://127.0.0.1:9"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The shipped settings, free to be spoilt."""
    return Path(shutil.copytree(ROOT / "config", tmp_path / "config"))


def run_to_end(home: Path, config: Path, **environ: str) -> tuple[int, str]:
    """The exit code and what was said on standard error."""
    found = executor_environ(home, CLOSED_URL) | environ
    with program("executor", str(config), environ=found) as process:
        _, errors = process.communicate(timeout=60)
        return process.returncode, errors


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        ('[executor]\nmod = "paper"\n', ("mod", "did you mean mode?")),
        ('[executr]\nmode = "paper"\n', ("executr", "did you mean executor?")),
        ('[executor]\nmode = "live"\n', ("mode", "paper")),
        ("[executor]\nturn_pause_ms = -1\n", ("turn_pause_ms", "positive")),
        ("[executor\n", ("nija.toml", "TOML")),
    ],
)
def test_a_spoilt_setting_is_named_and_ends_the_start(
    tmp_path: Path, config: Path, spoil: str, named: tuple[str, str]
) -> None:
    """The message names the setting and the remedy; nothing is journaled."""
    (config / "nija.toml").write_text(spoil)

    code, errors = run_to_end(tmp_path / "home", config)

    assert code == 1
    assert all(word in errors for word in named), errors
    assert "Traceback" not in errors
    assert not (tmp_path / "home" / "journal").exists()


def test_a_limit_out_of_range_ends_the_start(tmp_path: Path, config: Path) -> None:
    """A hard limit that is none is not replaced by a default."""
    limits = config / "risk_limits.toml"
    limits.write_text(limits.read_text().replace("0.25", "2.5"))

    code, errors = run_to_end(tmp_path / "home", config)

    assert code == 1
    assert "max_position_share" in errors


def test_an_unknown_variable_ends_the_start(tmp_path: Path, config: Path) -> None:
    """A typo in the environment is as loud as one in the file."""
    code, errors = run_to_end(tmp_path / "home", config, NIJA_EXECUTOR_VENUE_SPED="2")

    assert code == 1
    assert "NIJA_EXECUTOR_VENUE_SPED" in errors
    assert "venue_speed" in errors


def test_a_venue_that_stays_down_is_waited_for_and_then_named(tmp_path: Path, config: Path) -> None:
    """The wait is reported, has an end, and leaves a journal that opens."""
    code, errors = run_to_end(tmp_path / "home", config, NIJA_EXECUTOR_VENUE_WAIT_S_MAX="1")

    assert code == 1
    assert "venue does not answer; trying again" in errors
    assert f"the venue at {CLOSED_URL} did not answer" in errors
    assert "venue_wait_s_max" in errors
    assert journal_of(tmp_path / "home") == []


def test_a_venue_that_comes_late_is_taken_up(tmp_path: Path, config: Path) -> None:
    """A start before the venue's start goes on as soon as the venue answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = executor_environ(tmp_path / "home", f"http://127.0.0.1:{port}")
    with program("executor", str(config), environ=environ) as process:
        assert process.stderr is not None
        waiting = process.stderr.readline()
        with venue("--port", str(port), "--speed", "1200"):
            events = wait_for(tmp_path / "home", bool)
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)

    assert "trying again" in waiting
    assert isinstance(events[0], SessionStarted)
    assert code == 0


def test_a_second_executor_is_refused(tmp_path: Path, config: Path) -> None:
    """One writer to the journal: the second names the first and leaves."""
    home = tmp_path / "home"
    with (
        venue("--speed", "1200") as url,
        program("executor", str(config), environ=executor_environ(home, url)) as first,
    ):
        wait_for(home, bool)
        code, errors = run_to_end(home, config)

        assert code == 1
        assert str(first.pid) in errors
        assert first.poll() is None
