"""One clock, the venue's, for whatever a person reads or that expires."""

from pathlib import Path

import dagster as dg
import pytest

from nija_adapters.journal.writer import JournalWriter
from nija_adapters.ledger.ledger import Ledger
from nija_domain.events.ledger import IncidentRecorded
from nija_domain.events.records import BarClosed
from nija_domain.market.timeframes import DAY_US
from nija_domain.worlds.regime_switching import JANUARY_2024_US
from nija_pipelines.jobs.sensors import failures
from nija_pipelines.resources import Installation, LedgerFile
from tests.fakes.programs import ROOT
from tests.fakes.venue_process import running_venue

RECORDED_US = JANUARY_2024_US + 5 * DAY_US


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(folder=str(ROOT / "config"), home=str(tmp_path))


def test_the_venue_is_asked(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The simulated one lives in the January of its world."""
    with running_venue("--history-bars", "30", "--future-bars", "10") as url:
        monkeypatch.setenv("NIJA_PIPELINES_VENUE_URL", url)
        now_us = installation.venue_now_us()

    assert JANUARY_2024_US < now_us < JANUARY_2024_US + DAY_US


def test_a_silent_venue_leaves_the_newest_time_that_is_known(
    installation: Installation, tmp_path: Path
) -> None:
    """What the executor recorded last; before any record wall time must do."""
    before_us = installation.venue_now_us()
    (tmp_path / "journal").mkdir()
    with JournalWriter.open(tmp_path / "journal" / "journal.sqlite") as journal:
        journal.append([BarClosed(at_us=RECORDED_US - n, ts_us=1) for n in (2, 1, 0)])

    assert before_us > RECORDED_US + 365 * DAY_US
    assert installation.venue_now_us() == RECORDED_US


def test_a_failed_run_is_an_incident_of_venue_time(
    installation: Installation, tmp_path: Path
) -> None:
    """2026 beside 2024 would say that it happened years after the trades around it."""
    (tmp_path / "journal").mkdir()
    with JournalWriter.open(tmp_path / "journal" / "journal.sqlite") as journal:
        journal.append([BarClosed(at_us=RECORDED_US, ts_us=1)])

    @dg.op
    def stumble() -> None:
        raise dg.Failure("no bread")

    @dg.job
    def breakfast() -> None:
        stumble()

    with dg.instance_for_test() as instance:
        run = breakfast.execute_in_process(instance=instance, raise_on_error=False)
        context = dg.build_run_status_sensor_context(
            sensor_name="failures",
            dagster_event=run.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=run.dagster_run,
        ).for_run_failure()
        failures(context, installation=installation, ledger=LedgerFile(home=str(tmp_path)))
    (incident,) = [e for _, e in Ledger(tmp_path / "ledger" / "ledger.jsonl").read()]

    assert isinstance(incident, IncidentRecorded)
    assert incident.at_us == RECORDED_US
    assert incident.run_id == run.run_id
