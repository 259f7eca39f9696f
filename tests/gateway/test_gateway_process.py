"""The gateway as a real process."""

import json
import signal
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fakes.programs import program

if TYPE_CHECKING:
    import subprocess

LAST_WORDS_S = 30


@contextmanager
def gateway(home: Path, **environ: str) -> Iterator["subprocess.Popen[str]"]:
    found = {"NIJA_HOME": str(home), "NIJA_GATEWAY_PORT": "0"} | environ
    with program("gateway", "config", environ=found) as process:
        yield process


def test_it_says_where_answers_and_ends_on_sigterm_with_a_page_open(written: Path) -> None:
    """One line on stdout, exit status 0, and the open stream does not hold it back."""
    with gateway(written.parents[1]) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["listening"]
        with urllib.request.urlopen(f"{url}/status") as answer:  # noqa: S310 - our own
            status = json.load(answer)
        with urllib.request.urlopen(f"{url}/board") as stream:  # noqa: S310 - our own
            first = stream.readline()
            process.send_signal(signal.SIGTERM)
            rest = stream.read()
        out, errors = process.communicate(timeout=LAST_WORDS_S)

    assert url.startswith("http://127.0.0.1:")
    assert status["data"]["last_event"]["sequence"] > 3_000
    assert first == b"event: board\n"
    assert b"</main>" in rest
    assert (process.returncode, out, errors) == (0, "", "")


def test_sigterm_before_the_first_question_ends_it_as_well(tmp_path: Path) -> None:
    """However early it comes after the greeting."""
    with gateway(tmp_path) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=LAST_WORDS_S)

    assert (process.returncode, errors) == (0, "")


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    """The line names the setting, and the exit status is 1."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with gateway(tmp_path, NIJA_GATEWAY_PORT=str(port)) as process:
            out, errors = process.communicate(timeout=LAST_WORDS_S)

    assert process.returncode == 1
    assert out == ""
    assert errors.count("\n") == 1
    assert f"port {port}" in errors
    assert "NIJA_GATEWAY_PORT" in errors


def test_no_other_host_than_loopback_is_listened_on(tmp_path: Path) -> None:
    """The line names the setting, and nothing listens."""
    with gateway(tmp_path, NIJA_GATEWAY_HOST="0.0.0.0") as process:  # noqa: S104 - refused
        out, errors = process.communicate(timeout=LAST_WORDS_S)

    assert process.returncode == 1
    assert out == ""
    assert "NIJA_GATEWAY_HOST" in errors
    assert "allowed: 127.0.0.1" in errors
