"""The kill file: its existence is the order, and only a disarm file ends it."""

from pathlib import Path

import pytest

from nija_adapters.home.kill_switch import NO_REASON, KillSwitch
from nija_domain.errors import PlaceUnusable
from tests.fakes.commands import nija


@pytest.fixture
def switch(tmp_path: Path) -> KillSwitch:
    return KillSwitch(tmp_path / "kill", tmp_path / "disarm")


def test_any_file_of_the_name_kills(switch: KillSwitch, tmp_path: Path) -> None:
    """Empty, a folder, or bytes of another kind: who made it wanted to stop."""
    assert switch.reason() is None
    (tmp_path / "kill").touch()
    assert switch.reason() == NO_REASON
    (tmp_path / "kill").unlink()
    (tmp_path / "kill").mkdir()
    assert "cannot be read" in (switch.reason() or "")
    (tmp_path / "kill").rmdir()
    (tmp_path / "kill").write_bytes(b"\xff" * 10_000)
    assert switch.reason()


def test_a_first_reason_stays(switch: KillSwitch) -> None:
    """A second kill changes nothing, and a disarm ends both until the next kill."""
    switch.arm("first")
    switch.arm("second")
    assert switch.reason() == "first"
    assert switch.disarm() is True
    assert switch.is_disarmed()
    assert switch.reason() is None
    switch.arm("third")
    assert not switch.is_disarmed()
    assert switch.reason() == "third"


def test_a_signal_holds_where_no_file_can_be_written(tmp_path: Path) -> None:
    """The folder is a file: the command says so, the signal kills all the same."""
    (tmp_path / "home").write_text("a file")
    switch = KillSwitch(tmp_path / "home" / "kill", tmp_path / "home" / "disarm")

    with pytest.raises(PlaceUnusable, match="SIGUSR1"):
        switch.arm("by command")
    switch.signal("by signal")

    assert switch.reason() == "by signal"


def test_the_commands_say_what_they_did(tmp_path: Path) -> None:
    """Kill and disarm by the command line, each told in a sentence."""
    killed = nija("kill", "--why", "a drill", home=tmp_path)
    disarmed, again = nija("disarm", home=tmp_path), nija("disarm", home=tmp_path)

    assert killed.returncode == disarmed.returncode == 0
    assert "sells its positions now" in killed.stdout
    assert "entries are possible again" in disarmed.stdout
    assert "nothing to disarm" in again.stdout
    assert nija("kill", home=tmp_path).returncode == 2
