"""One training through Dagster, in this process."""

import os
from collections.abc import Mapping

import msgspec

from nija.home import Home, environment_of
from nija_domain.errors import NijaError

JOB = "training_line"


class Trained(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one training; seconds per step as Dagster measured them."""

    release_id: str
    feedback_trades: int
    feedback_rows: int
    moved_by_feedback: bool
    station_s: dict[str, float]


def train(home: Home, environ: Mapping[str, str]) -> Trained:
    """Run one training; the error names the step or check that failed."""
    return _read_result(home, _run(home, environ))


def _run(home: Home, environ: Mapping[str, str]) -> dict[str, float]:
    """Seconds per station."""
    os.environ.update({**environment_of(home), **environ})
    import dagster as dg

    from nija_pipelines.definitions import defs
    from nija_pipelines.instance.failure_reasons import failure_reason
    from nija_pipelines.instance.storage import prepare_storage

    prepare_storage(home)
    job = defs.resolve_job_def(JOB)
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        if not result.success:
            why = failure_reason(result.all_events) or "no step gave a reason"
            raise NijaError(f"the training failed: {why}")
        return {
            stats.step_key: round((stats.end_time or 0.0) - (stats.start_time or 0.0), 3)
            for stats in instance.get_run_step_stats(result.run_id)
        }


def _read_result(home: Home, station_s: dict[str, float]) -> Trained:
    release = msgspec.json.decode(home.record("release").read_bytes())
    snapshot = msgspec.json.decode(home.record("lake_snapshot").read_bytes())
    calibration = msgspec.json.decode(home.record("policy_head").read_bytes())
    return Trained(
        release_id=release["release_id"],
        feedback_trades=release["feedback_trades"],
        feedback_rows=snapshot["feedback_rows"],
        moved_by_feedback=calibration["head"] != calibration["head_without_feedback"],
        station_s=station_s,
    )
