"""A training that fails is tried again ever later, and the tick says why."""

import re
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from nija_domain.errors import ReleaseInvalid
from nija_domain.events.ledger import IncidentRecorded, ReleaseKept
from nija_domain.market.timeframes import SECOND_US
from nija_pipelines import resources
from nija_pipelines.instance.failure_reasons import failure_reason
from nija_pipelines.instance.retries import WAIT_S_MAX, wait_s
from nija_pipelines.jobs.attempts import SETTINGS_TAG, request_training, settings_digest
from nija_pipelines.jobs.sensors import failures
from tests.fakes.programs import ROOT


class At(resources.Installation):
    """This installation at a moment."""

    at_us: int

    def wall_now_us(self) -> int:
        return self.at_us


def installation(at_us: int) -> At:
    return At(folder=str(ROOT / "config"), home="/nowhere", at_us=at_us)


def broken() -> None:
    raise ZeroDivisionError("no regime at all")


@dg.op
def train_nothing() -> None:
    try:
        broken()
    except ZeroDivisionError as error:
        raise ValueError("the fit failed") from error


@dg.op
def train_well() -> None: ...


@dg.job(name="training_line")
def failing() -> None:
    train_nothing()


@dg.job(name="training_line")
def passing() -> None:
    train_well()


def run(instance: dg.DagsterInstance, job: dg.JobDefinition, digest: str) -> int:
    """When it ended."""
    result = job.execute_in_process(
        instance=instance, raise_on_error=False, tags={SETTINGS_TAG: digest}
    )
    record = instance.get_run_record_by_id(result.run_id)
    assert record is not None
    assert record.end_time is not None
    return int(record.end_time * SECOND_US)


def ask(instance: dg.DagsterInstance, at_us: int) -> dg.RunRequest | dg.SkipReason:
    return request_training(instance, installation(at_us), reason="no release yet")


def test_the_wait_doubles_up_to_an_hour() -> None:
    """From the pause between two looks."""
    assert [wait_s(failures) for failures in (1, 2, 3, 7)] == [30.0, 60.0, 120.0, 1_920.0]
    assert wait_s(8) == wait_s(1_000) == WAIT_S_MAX


@pytest.mark.parametrize(("failed", "pause_s"), [(1, 30.0), (3, 120.0)])
def test_a_failing_training_waits_and_says_why(failed: int, pause_s: float) -> None:
    """The bottom of the error, how often, and when it is tried again; then it is."""
    digest = settings_digest(installation(0))
    with dg.DagsterInstance.ephemeral() as instance:
        ended_us = [run(instance, failing, digest) for _ in range(failed)][-1]
        waiting = ask(instance, ended_us + int((pause_s - 1.0) * SECOND_US))
        asking = ask(instance, ended_us + int((pause_s + 1.0) * SECOND_US))

    assert isinstance(waiting, dg.SkipReason)
    found = str(waiting.skip_message)
    assert "ZeroDivisionError: no regime at all" in found
    assert re.search("once" if failed == 1 else f"{failed} times in a row", found)
    assert isinstance(asking, dg.RunRequest)
    assert asking.tags[SETTINGS_TAG] == digest


def test_a_success_or_other_settings_end_the_waiting() -> None:
    """A training that failed before them says nothing of the next."""
    digest = settings_digest(installation(0))
    with dg.DagsterInstance.ephemeral() as instance:
        other_us = [run(instance, failing, "of other settings") for _ in range(3)][-1]
        changed = ask(instance, other_us)
        for _ in range(3):
            run(instance, failing, digest)
        after_us = run(instance, passing, digest)
        passed = ask(instance, after_us)

    assert isinstance(changed, dg.RunRequest)
    assert isinstance(passed, dg.RunRequest)


def test_a_training_that_promoted_nothing_waits_too() -> None:
    """Its release stays a challenger: the tick says why, and tries later on."""
    digest, why = settings_digest(installation(0)), ("10 trades; 30 are the least",)
    kept = [
        ReleaseKept(at_us=1, channel="champion", release_id=f"r-{n}", reasons=why) for n in range(2)
    ]
    with dg.DagsterInstance.ephemeral() as instance:
        ended_us = [run(instance, passing, digest) for _ in range(3)][-1]
        waiting, asking = (
            request_training(
                instance,
                installation(ended_us + int(pause_s * SECOND_US)),
                reason="no release yet",
                kept=kept,
            )
            for pause_s in (59.0, 61.0)
        )

    assert isinstance(waiting, dg.SkipReason)
    assert "promoted nothing 2 times in a row (10 trades; 30 are the least)" in str(
        waiting.skip_message
    )
    assert isinstance(asking, dg.RunRequest)


def test_an_incident_blames_what_was_really_wrong(tmp_path: Path) -> None:
    """Not the step that was lost by it, and not 'steps failed'."""
    ledger = resources.LedgerFile(home=str(tmp_path))
    with dg.DagsterInstance.ephemeral() as instance:
        result = failing.execute_in_process(instance=instance, raise_on_error=False)
        (failure,) = [event for event in result.all_events if event.is_run_failure]
        context = dg.build_run_status_sensor_context(
            sensor_name="failures",
            dagster_instance=instance,
            dagster_run=result.dagster_run,
            dagster_event=failure,
            resources={"installation": installation(7), "ledger": ledger},
        ).for_run_failure()
        failures(context)

    ((_, incident),) = ledger.read()
    assert isinstance(incident, IncidentRecorded)
    assert incident.text == "step train_nothing: ZeroDivisionError: no regime at all"


def test_our_own_errors_lose_the_path_of_their_class() -> None:
    """Dagster puts it before the message; a reader wants the message alone."""

    @dg.op
    def read_release() -> None:
        raise ReleaseInvalid("release r-1: its signature is wrong; publish it again")

    @dg.job
    def reading() -> None:
        read_release()

    with dg.DagsterInstance.ephemeral() as instance:
        result = reading.execute_in_process(instance=instance, raise_on_error=False)

    assert failure_reason(result.all_events) == (
        "step read_release: release r-1: its signature is wrong; publish it again"
    )


def test_a_check_that_stopped_the_line_is_blamed_before_what_it_stopped() -> None:
    """With its own reasons; a check that only warns is not to blame."""

    @dg.asset(
        check_specs=[
            dg.AssetCheckSpec("only_warns", asset="grain"),
            dg.AssetCheckSpec("stops", asset="grain", blocking=True),
        ]
    )
    def grain() -> Iterator[dg.MaterializeResult[None]]:
        yield dg.MaterializeResult(
            check_results=[
                dg.AssetCheckResult(
                    passed=False,
                    check_name="only_warns",
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata={"unfit": ["a little dusty"]},
                ),
                dg.AssetCheckResult(
                    passed=False,
                    check_name="stops",
                    metadata={"unfit": [f"sack {n} is wet" for n in range(5)], "count": 5},
                ),
            ]
        )

    @dg.asset(deps=[grain])
    def flour() -> None: ...

    result = dg.materialize([grain, flour], raise_on_error=False)

    assert not result.success
    assert failure_reason(result.all_events) == (
        "check stops on grain: sack 0 is wet; sack 1 is wet; sack 2 is wet; and 2 more"
    )
