"""The doctor says what it saw, and what to do where something is missing."""

import socket
from pathlib import Path

import pytest

from nija.running.doctor import Finding, examine, raise_if_bad
from nija.running.settings_check import Checked
from nija.settings import UpSettings
from nija_adapters.home.places import Home
from nija_domain.errors import NijaError

GOOD = Checked(UpSettings(), ())


def found(findings: list[Finding], what: str) -> Finding:
    return next(finding for finding in findings if finding.what == what)


def test_a_healthy_home_has_no_bad_finding(tmp_path: Path) -> None:
    """Python, disk, clock and rights are good, and the look leaves nothing behind."""
    findings = examine(Home(tmp_path / "home"), GOOD)

    raise_if_bad(findings)
    assert {found(findings, what).verdict for what in ("python", "clock", "home")} == {"good"}
    assert list((tmp_path / "home").iterdir()) == []


def test_a_taken_port_is_weak_and_named(tmp_path: Path) -> None:
    """It may be our own; the setting to change is named in any case."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        findings = examine(Home(tmp_path), Checked(UpSettings(venue_port=port), ()))

    assert found(findings, "venue_port").verdict == "weak"
    assert "venue_port" in found(findings, "venue_port").remedy


def test_a_key_that_others_can_read_is_bad(tmp_path: Path) -> None:
    """The remedy is the command to type."""
    key = tmp_path / "keys" / "signing.pem"
    key.parent.mkdir()
    key.write_text("x")
    key.chmod(0o644)

    findings = examine(Home(tmp_path), GOOD)

    assert "chmod 600" in found(findings, "keys").remedy
    with pytest.raises(NijaError, match="keys"):
        raise_if_bad(findings)


def test_what_a_program_would_refuse_is_bad(tmp_path: Path) -> None:
    """As `nija up` would say it; where [up] itself is wrong no port is asked for."""
    findings = examine(Home(tmp_path), Checked(None, ("nija.toml: key x of [up] is unknown",)))

    assert found(findings, "settings").found == "nija.toml: key x of [up] is unknown"
    assert not [each for each in findings if each.what.endswith("_port")]
    with pytest.raises(NijaError, match="settings"):
        raise_if_bad(findings)


def test_a_home_that_is_a_file_is_bad(tmp_path: Path) -> None:
    """Whatever keeps us from writing there, the finding names the place and the remedy."""
    place = tmp_path / "home"
    place.write_text("in the way")

    finding = found(examine(Home(place), GOOD), "home")

    assert finding.verdict == "bad"
    assert "NIJA_HOME" in finding.remedy
