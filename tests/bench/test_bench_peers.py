"""A peer that is not installed is said to be missing; one that fails is no figure."""

from pathlib import Path

import pytest

from bench import risk_parity
from bench.peers import environment


def test_a_missing_peer_is_said_and_not_guessed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without the environment's stamp there is no figure, only what to do."""
    monkeypatch.setattr(environment, "STAMP", tmp_path / ".installed")

    (row,) = risk_parity.measure().rows

    assert (row.case, row.peer, row.ours_s, row.peer_s) == ("all", "skfolio", None, None)
    assert row.more == {"why": "not measured: run make bench-peers"}


def test_a_failing_peer_is_no_figure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it said before it ended stands in the error."""
    program = tmp_path / "bin" / "python"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho no such solver >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setattr(environment, "FOLDER", tmp_path)

    with pytest.raises(ChildProcessError, match=r"ended with 3: no such solver"):
        environment.run_peer("bench.peers.risk_budgeting", tmp_path)
