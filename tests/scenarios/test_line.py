"""The whole line on real processes: from candles to fills, and back into the next training."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nija_adapters.ledger.ledger import Ledger
from nija_adapters.release_store.store import ReleaseStore
from nija_domain.events.ledger import ReleasePromoted, ReleasePublished, TrialRecorded
from nija_domain.events.records import OrderFilled, OrderIntended
from tests.fakes.programs import ROOT, journal_of

Answer = dict[str, object]

SMALL = {"NIJA_PIPELINES_HISTORY_BARS": "1800", "NIJA_PIPELINES_REGIME_RESTARTS": "1"}
"""Still enough for the thirty trades on unseen history that a first release is judged by."""


def listing() -> set[str]:
    """Every file of the checkout but what Python and its tools cache."""
    cached = {".venv", "__pycache__", ".git", ".mypy_cache", ".ruff_cache", ".hypothesis"}
    return {str(path) for path in ROOT.rglob("*") if not cached & set(path.relative_to(ROOT).parts)}


@pytest.fixture(
    scope="module",
    params=[pytest.param(SMALL, id="small"), pytest.param({}, id="whole", marks=pytest.mark.prove)],
)
def walk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Answer, set[str]]:
    """One demo with its home, what it told, and the files that it left in the repository."""
    home = tmp_path_factory.mktemp("home")
    before = listing()
    done = subprocess.run(
        [sys.executable, "-m", "nija", "demo", "--json", "--home", str(home)],
        cwd=ROOT,
        env={**os.environ, **request.param},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return home, json.loads(done.stdout.splitlines()[-1]), listing() - before


def test_the_line_ends_in_fills_and_a_second_release(
    walk: tuple[Path, Answer, set[str]],
) -> None:
    """Orders were filled, and the executor trades on what the second training released."""
    home, found, _ = walk
    pointer = ReleaseStore(home / "releases").read_pointer("champion")

    assert int(str(found["fills"])) > 0
    assert found["release_swapped_live"] is True
    assert found["release"] != found["first_release"]
    assert pointer is not None
    assert pointer.release_id == found["release"]


def test_the_second_training_used_the_feedback(walk: tuple[Path, Answer, set[str]]) -> None:
    """Fills came up from the journal, and their trades stand in the calibration."""
    home, found, _ = walk
    calibration = json.loads((home / "records" / "policy_head.json").read_text())

    assert int(str(found["feedback_rows"])) > 0
    assert found["second_training_used_feedback"] is True
    assert calibration["traded"] > 0


def test_every_fill_has_an_intent_before_it_and_a_release(
    walk: tuple[Path, Answer, set[str]],
) -> None:
    """Nothing was filled that was not first journaled, and each fill names its release."""
    home, found, _ = walk
    intended: set[str] = set()
    for event in journal_of(home):
        if isinstance(event, OrderIntended):
            intended.add(event.order_id)
        if isinstance(event, OrderFilled):
            assert event.order_id.removesuffix("-stop") in intended
            assert event.release_id in {found["first_release"], found["release"]}


def test_trials_and_releases_stand_in_the_ledger(walk: tuple[Path, Answer, set[str]]) -> None:
    """Each training counted its back-test and told what it published and promoted."""
    home, found, _ = walk
    entries = [entry for _, entry in Ledger(home / "ledger" / "ledger.jsonl").read()]

    kinds = [type(entry) for entry in entries]
    assert kinds == [TrialRecorded, ReleasePublished, ReleasePromoted] * 2
    promoted = [entry for entry in entries if isinstance(entry, ReleasePromoted)]
    assert promoted[1].previous == found["first_release"]
    assert promoted[1].release_id == found["release"]


def test_no_file_lands_in_the_repository(walk: tuple[Path, Answer, set[str]]) -> None:
    """All state lies under the home."""
    _, _, left = walk

    assert left == set()
