"""Why a run failed: the check that stopped it, or the first cause of its error."""

from collections.abc import Iterable, Iterator

import dagster as dg

REASONS_SHOWN = 3


def blame(events: Iterable[dg.DagsterEvent]) -> str | None:
    """The reason in one line; None where there is none, as in a run that was killed."""
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
            return f"step {event.step_key}: {_without_class(error.message.strip(), error.cls_name)}"
    return None


def blame_run(instance: dg.DagsterInstance, run_id: str) -> str | None:
    kinds = {dg.DagsterEventType.ASSET_CHECK_EVALUATION, dg.DagsterEventType.STEP_FAILURE}
    entries = instance.all_logs(run_id, of_type=kinds)
    return blame(entry.dagster_event for entry in entries if entry.dagster_event)


def _reasons(check: dg.AssetCheckEvaluation) -> str:
    """Its lists of reasons if it has any, else all its metadata."""
    values = {name: value.value for name, value in check.metadata.items()}
    listed = list(_listed(values.values()))
    if listed:
        more = len(listed) - REASONS_SHOWN
        return "; ".join(listed[:REASONS_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return ", ".join(f"{name} {value}" for name, value in values.items()) or "no reason given"


def _without_class(message: str, name: str | None) -> str:
    """Dagster puts the class with its whole path before the message of our own errors."""
    head, found, text = message.partition(": ")
    is_ours = head.startswith("nija_") and head.rpartition(".")[2] == name
    return text if found and is_ours else message


def _listed(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, list):
            yield from map(str, value)
