"""The supervisor starts, starts again what died, gives up on what dies too often, and ends all."""

import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from nija.running.last_words import last_words
from nija.running.services import Service
from nija.running.supervisor import Condition, Supervisor, check_ports
from nija.running.up import condition_line, is_ending
from nija.tables.reports import trading_line
from nija_domain.errors import NijaError
from nija_domain.statements.account import Totals

TURNS_MAX = 240
RECORDS = """
{"event": "turn skipped", "why": "no answer", "level": "warning"}
{"event": "OrderFilled", "level": "info"}
"""


def service(name: str, code: str) -> Service:
    return Service(name=name, command=(sys.executable, "-c", code), environ={})


def supervise(
    folder: Path,
    services: tuple[Service, ...],
    until: Callable[[list[Condition]], bool],
    *,
    restarts: int = 6,
) -> list[Condition]:
    """Runs until the conditions please; a bounded number of looks, no measure of speed."""
    seen: list[list[Condition]] = []
    done: list[bool] = []

    def show(conditions: list[Condition]) -> None:
        seen.append(conditions)
        done.append(bool(until(conditions)))

    supervisor = Supervisor(
        services,
        log_of=lambda name: folder / f"{name}.log",
        restarts_per_minute_max=restarts,
    )
    supervisor.run(show=show, is_stopped=lambda: any(done) or len(done) > TURNS_MAX)
    assert any(done), seen[-1]
    return seen[-1]


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_was_killed_is_started_again(tmp_path: Path) -> None:
    """A kill -9 costs one restart; the other service is not touched."""
    services = (service("one", "import time; time.sleep(600)"),) * 2
    first: dict[str, int] = {}

    def until(conditions: list[Condition]) -> bool:
        one, other = conditions
        if one.pid and other.pid and not first:
            first.update(one=one.pid, other=other.pid)
            os.kill(one.pid, signal.SIGKILL)
        return one.restarts == 1 and one.pid not in {None, first.get("one")}

    one, other = supervise(tmp_path, services, until)

    assert one.last_words == "killed by SIGKILL"
    assert other.restarts == 0
    assert other.pid == first["other"]


def test_what_a_service_has_started_is_asked_to_end_as_well(tmp_path: Path) -> None:
    """The service itself ends at once and leaves its child behind, which gets to say goodbye."""
    last_words = tmp_path / "goodbye"
    child = (
        "import pathlib, signal, sys, time\n"
        f"def end(*_): pathlib.Path({str(last_words)!r}).touch(); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"pathlib.Path({str(tmp_path / 'child')!r}).touch()\n"
        "time.sleep(600)"
    )
    parent = (
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "time.sleep(600)"
    )

    supervise(tmp_path, (service("parent", parent),), lambda _: (tmp_path / "child").exists())

    assert last_words.exists()


def test_every_child_is_ended_with_the_supervisor(tmp_path: Path) -> None:
    """One ends when asked, one must be killed with what it started; none stays."""
    stubborn = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "time.sleep(600)"
    )
    services = (service("kind", "import time; time.sleep(600)"), service("stubborn", stubborn))

    conditions = supervise(
        tmp_path, services, lambda conditions: all(c.state == "up" for c in conditions)
    )

    assert not any(is_running(condition.pid or 0) for condition in conditions)


def test_what_dies_too_often_waits(tmp_path: Path) -> None:
    """A service that cannot live is not started in a hurry for ever, and its last words stay."""
    broken = service("broken", "import sys; sys.exit('no such door')")

    conditions = supervise(
        tmp_path,
        (broken,),
        lambda conditions: (
            conditions[0].state == "waiting to restart" and conditions[0].restarts == 2
        ),
        restarts=3,
    )

    assert conditions[0].pid is None
    assert "no such door" in (tmp_path / "broken.log").read_text()


def test_what_died_tells_its_last_words_and_where_more_stands(tmp_path: Path) -> None:
    """Not a bare 'waiting to restart': the reason and the log."""
    broken = service("broken", "import sys; print('hello'); sys.exit('no such door: cannot open')")
    (condition,) = supervise(
        tmp_path, (broken,), lambda conditions: conditions[0].restarts == 1, restarts=3
    )

    assert condition.last_words == "no such door: cannot open"
    assert condition_line(condition).endswith(
        f": no such door: cannot open ({tmp_path / 'broken.log'})"
    )


def test_a_new_life_starts_with_no_words(tmp_path: Path) -> None:
    """What an earlier process said long ago is not told of this one."""
    (tmp_path / "quiet.log").write_text("an error of yesterday\n")
    quiet = service("quiet", "import sys; sys.exit(3)")
    (condition,) = supervise(tmp_path, (quiet,), lambda conditions: conditions[0].restarts == 1)

    assert condition.last_words == "ended with code 3, without a message"


def test_a_service_without_an_address_is_up_once_its_log_says_so(tmp_path: Path) -> None:
    """Living is not enough: an executor that waits for its venue is not up."""
    waiting = "import time; print('waiting', flush=True); time.sleep(600)"
    ready = "import time; print('the session is open', flush=True); time.sleep(600)"
    services = tuple(
        msgspec.structs.replace(service(name, code), ready_words="the session is open")
        for name, code in (("waiting", waiting), ("ready", ready))
    )
    one, other = supervise(
        tmp_path, services, lambda conditions: any(c.state == "up" for c in conditions)
    )

    assert (one.state, other.state) == ("starting", "up")


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("", ""),
        ("one\n\ntwo\n\n", "two"),
        ("Traceback (most recent call last):\n  File x\nKeyError: 'y'\n", "KeyError: 'y'"),
        ("gateway: port 1 cannot be used\nbye\n", "gateway: port 1 cannot be used"),
        ("\x1b[31mERROR\x1b[0m no room\nbye", "ERROR no room"),
        (
            RECORDS,
            "turn skipped: no answer",
        ),
    ],
)
def test_the_last_words_are_the_last_that_tell(tail: str, expected: str) -> None:
    """Of records their event and reason; colours and farewells aside."""
    assert last_words(tail) == expected


def test_a_taken_port_is_named_with_its_setting() -> None:
    """Before anything starts, in one sentence with the remedy."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        asked = Service(
            name="gateway", command=(), environ={}, port=port, port_setting="gateway_port"
        )

        with pytest.raises(NijaError, match=rf"port {port} for gateway .* gateway_port"):
            check_ports((asked,))


def test_who_ends_everything_is_told_so_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Ending takes as long as its slowest service, and nothing is said before."""
    assert not is_ending([])
    assert capsys.readouterr().out == ""
    assert is_ending([signal.SIGINT])
    assert "stopping everything" in capsys.readouterr().out


def test_without_a_release_the_table_promises_no_training() -> None:
    """The first one may be over and its release kept as challenger: page and status know."""
    assert trading_line(Totals()) == "No release yet; the live page and `nija status` say why."
