"""What was really wrong with a failed run: the check that stopped it, or its error's bottom."""

from collections.abc import Iterable, Iterator

import dagster as dg

REASONS_SHOWN = 3


def blame(events: Iterable[dg.DagsterEvent]) -> str | None:
    """In one line; None where nothing says why, as in a run that was killed."""
    told = list(events)
    for event in told:
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            check = event.asset_check_evaluation_data
            if (
                check.blocking
                and not check.passed
                and check.severity is dg.AssetCheckSeverity.ERROR
            ):
                name = f"check {check.check_name} on {check.asset_key.to_user_string()}"
                return f"{name}: {_reasons(check)}"
    for event in told:
        if event.is_step_failure and (error := event.step_failure_data.error):
            while error.cause:
                error = error.cause
            return f"step {event.step_key}: {error.message.strip()}"
    return None


def blame_run(instance: dg.DagsterInstance, run_id: str) -> str | None:
    kinds = {dg.DagsterEventType.ASSET_CHECK_EVALUATION, dg.DagsterEventType.STEP_FAILURE}
    entries = instance.all_logs(run_id, of_type=kinds)
    return blame(entry.dagster_event for entry in entries if entry.dagster_event)


def _reasons(check: dg.AssetCheckEvaluation) -> str:
    """Its lists of reasons where it has any, else all that it told."""
    values = {name: value.value for name, value in check.metadata.items()}
    listed = list(_listed(values.values()))
    if listed:
        more = len(listed) - REASONS_SHOWN
        return "; ".join(listed[:REASONS_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return ", ".join(f"{name} {value}" for name, value in values.items()) or "it did not say why"


def _listed(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, list):
            yield from map(str, value)
