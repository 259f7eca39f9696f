"""A run whose process is gone fails, and so stands in nobody's way."""

import json
import logging
from pathlib import Path

import dagster as dg
import yaml
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._daemon.monitoring.run_monitoring import monitor_started_run

from tests.fakes.programs import ROOT


@dg.job
def training() -> None:
    """Never executed here."""


def watch(folder: Path, *, tags: dict[str, str]) -> dg.DagsterRunStatus:
    """What the watch, as dagster.yaml has it, makes of a run that is said to be under way."""
    given = yaml.safe_load((ROOT / "dagster.yaml").read_text())
    settings = {name: given[name] for name in ("run_launcher", "run_monitoring", "telemetry")}
    (folder / "dagster.yaml").write_text(yaml.safe_dump(settings))
    with dg.DagsterInstance.from_config(str(folder)) as instance:
        run = instance.create_run_for_job(training, status=dg.DagsterRunStatus.STARTED, tags=tags)
        record = instance.get_run_record_by_id(run.run_id)
        assert record is not None
        monitor_started_run(instance, None, record, logging.getLogger("watch"))  # type: ignore[arg-type]
        after = instance.get_run_by_id(run.run_id)
        assert after is not None
        return after.status


def test_a_run_of_a_server_that_is_gone_has_failed(tmp_path: Path) -> None:
    """As after a kill -9 of everything, or a power cut."""
    server = json.dumps({"host": "localhost", "socket": str(tmp_path / "gone.sock")})

    assert watch(tmp_path, tags={GRPC_INFO_TAG: server}) == dg.DagsterRunStatus.FAILURE


def test_a_run_that_no_server_has_started_is_let_be(tmp_path: Path) -> None:
    """As one that a command runs in its own process."""
    assert watch(tmp_path, tags={}) == dg.DagsterRunStatus.STARTED
