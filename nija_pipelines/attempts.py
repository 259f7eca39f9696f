"""Whether a training is asked for now: one at a time, and the longer apart the more have failed."""

import hashlib

import dagster as dg
import msgspec

from nija_domain.market.timeframes import SECOND_US, utc_minute
from nija_pipelines.blame import blame_run
from nija_pipelines.patience import wait_s
from nija_pipelines.resources import Installation

JOB = "training_line"
SETTINGS_TAG = "settings"
LOOKED_AT = 20
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def ask_for_training(
    instance: dg.DagsterInstance, installation: Installation, *, reason: str
) -> dg.RunRequest | dg.SkipReason:
    """A second one at the same time would learn the same; one that fails is not tried in a loop.

    A success, or other settings, end the waiting.
    """
    if instance.get_runs_count(dg.RunsFilter(job_name=JOB, statuses=UNFINISHED)):
        return dg.SkipReason(f"{reason}, but a training is under way")
    digest = settings_digest(installation)
    failed = _failed_in_a_row(instance, digest)
    if failed:
        ended_us = int((failed[0].end_time or 0.0) * SECOND_US)
        next_us = ended_us + int(wait_s(len(failed)) * SECOND_US)
        if installation.wall_now_us() < next_us:
            why = blame_run(instance, failed[0].dagster_run.run_id) or "it did not say why"
            return dg.SkipReason(
                f"{reason}, but training failed {_times(len(failed))}, last at"
                f" {utc_minute(ended_us)} UTC: {why}. Next try after {utc_minute(next_us)} UTC, or"
                " at once when the settings change"
            )
    return dg.RunRequest(tags={"reason": reason, SETTINGS_TAG: digest})


def settings_digest(installation: Installation) -> str:
    """By which a training under other settings is told from one that is tried again."""
    told = (installation.settings(), installation.limits())
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:16]


def _failed_in_a_row(instance: dg.DagsterInstance, digest: str) -> list[dg.RunRecord]:
    """The newest first, under these settings; one that a person stopped does not count."""
    failed: list[dg.RunRecord] = []
    for record in instance.get_run_records(dg.RunsFilter(job_name=JOB), limit=LOOKED_AT):
        run = record.dagster_run
        if run.status is dg.DagsterRunStatus.SUCCESS:
            break
        if run.status is dg.DagsterRunStatus.FAILURE and run.tags.get(SETTINGS_TAG) == digest:
            failed.append(record)
    return failed


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times in a row"
