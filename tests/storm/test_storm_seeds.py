"""Storms as they come: nothing is left behind, and each repeats itself."""

import os
import subprocess
import sys

import pytest
import structlog

from storm.branches import BRANCHES
from storm.course import KINDS, draw_course
from storm.many import play_seeds
from storm.outcome import UNPROTECTED_S_MAX
from storm.report import sum_up
from storm.run import play_seed
from tests.fakes.planted_executor import ALWAYS_PLAYED

ALL = 10_000


def test_a_few_storms_leave_nothing_behind() -> None:
    """What has to be zero is zero, though much struck and the executor died many times."""
    report = sum_up(play_seeds(0, ALWAYS_PLAYED, workers=1), first=0)

    assert report.failed == []
    assert report.unprotected_s_max <= UNPROTECTED_S_MAX
    assert report.starts > ALWAYS_PLAYED
    assert sum(hits > 0 for hits in report.faults_hit.values()) > len(KINDS) / 2


def test_a_storm_leaves_the_log_as_it_was() -> None:
    """It is silent itself, and nobody else is afterwards."""
    before = structlog.get_config()

    play_seed(0, faults=0)

    assert structlog.get_config() == before


def test_a_seed_makes_the_same_journal_in_another_process() -> None:
    """Whatever order its sets have there."""
    code = "from storm.run import play_seed; print(play_seed(5).journal_hash)"
    other = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert other.stdout.strip() == play_seed(5).journal_hash


def test_faults_come_in_time_and_any_prefix_can_be_played() -> None:
    """The rest of a seed is as it was without the last of its faults."""
    course = draw_course(3)
    moments = [mishap.after_s for mishap in course.mishaps]

    assert moments == sorted(moments)
    assert play_seed(3, faults=0).hits == {}
    assert play_seed(3, faults=len(moments)).journal_hash == play_seed(3).journal_hash


@pytest.mark.prove
def test_ten_thousand_storms_leave_nothing_behind() -> None:
    """All zeros, no more than ten seconds without a stop, and everything was hit."""
    report = sum_up(play_seeds(0, ALL), first=0)

    assert report.failed == []
    assert report.unprotected_s_max <= UNPROTECTED_S_MAX
    assert {name for name, hits in report.faults_hit.items() if hits} == {*KINDS}
    assert {name for name, hits in report.branches_hit.items() if hits} == {*BRANCHES}
