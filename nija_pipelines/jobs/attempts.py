"""Whether a training is asked for now: one at a time, and the longer apart the more have failed."""

import hashlib
from collections.abc import Sequence

import dagster as dg
import msgspec

from nija_domain.events.ledger import ReleaseKept
from nija_domain.market.timeframes import SECOND_US, utc_minute
from nija_pipelines.instance.blame import blame_run
from nija_pipelines.instance.retries import wait_s
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
    instance: dg.DagsterInstance,
    installation: Installation,
    *,
    reason: str,
    kept: Sequence[ReleaseKept] = (),
) -> dg.RunRequest | dg.SkipReason:
    """Ask for one training at a time, and wait longer after each that brought nothing.

    A training brought nothing if it failed, or if its release is among the `kept` since the last
    promotion. A success or a change of settings ends the waiting.
    """
    if instance.get_runs_count(dg.RunsFilter(job_name=JOB, statuses=UNFINISHED)):
        return dg.SkipReason(f"{reason}, but a training is already running")
    digest = settings_digest(installation)
    vain = _vain_in_a_row(instance, digest, kept=len(kept))
    if vain:
        ended_us = int((vain[0].end_time or 0.0) * SECOND_US)
        next_us = ended_us + int(wait_s(len(vain)) * SECOND_US)
        if installation.wall_now_us() < next_us:
            return dg.SkipReason(
                f"{reason}, but training {_outcome(instance, vain, kept)}, last at"
                f" {utc_minute(ended_us)} UTC. Next try after {utc_minute(next_us)} UTC, or"
                " at once when the settings change"
            )
    return dg.RunRequest(tags={"reason": reason, SETTINGS_TAG: digest})


def settings_digest(installation: Installation) -> str:
    """A hash that tells whether a training ran under the settings of now."""
    told = (installation.settings(), installation.limits())
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:16]


def _outcome(
    instance: dg.DagsterInstance, vain: Sequence[dg.RunRecord], kept: Sequence[ReleaseKept]
) -> str:
    """What happened to the newest training, and how often in a row."""
    run = vain[0].dagster_run
    if run.status is dg.DagsterRunStatus.SUCCESS:
        why = "; ".join(kept[-1].reasons)
        return f"promoted nothing {_times(len(vain))} ({why})"
    why = blame_run(instance, run.run_id) or "without a reason"
    return f"failed {_times(len(vain))} ({why})"


def _vain_in_a_row(instance: dg.DagsterInstance, digest: str, *, kept: int) -> list[dg.RunRecord]:
    """Trainings under these settings that brought nothing, newest first.

    One that a person stopped does not count.
    """
    vain: list[dg.RunRecord] = []
    for record in instance.get_run_records(dg.RunsFilter(job_name=JOB), limit=LOOKED_AT):
        run = record.dagster_run
        is_success = run.status is dg.DagsterRunStatus.SUCCESS
        if is_success and not kept:
            break
        kept -= is_success
        is_over = is_success or run.status is dg.DagsterRunStatus.FAILURE
        if is_over and run.tags.get(SETTINGS_TAG) == digest:
            vain.append(record)
    return vain


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times in a row"
