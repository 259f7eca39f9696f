"""The asset graph is pinned: keys, groups, dependencies, checks, jobs and schedules."""

import json
from pathlib import Path

from nija_pipelines.definitions import defs

EVERYTHING = "__ASSET_JOB"
"""Dagster's own, of whatever is chosen on its page."""
PINNED = Path(__file__).with_name("graph.json")


def draw_graph() -> dict[str, object]:
    repository = defs.get_repository_def()
    graph = repository.asset_graph
    return {
        "assets": {
            key.to_user_string(): {
                "group": graph.get(key).group_name,
                "needs": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            }
            for key in sorted(graph.get_all_asset_keys())
        },
        "blocking_checks": sorted(
            f"{check.key.asset_key.to_user_string()}.{check.key.name}"
            for asset_checks in repository.asset_checks_defs_by_key.values()
            for check in asset_checks.check_specs
            if check.blocking
        ),
        "jobs": {
            job.name: sorted(key.to_user_string() for key in job.asset_layer.executable_asset_keys)
            for job in sorted(repository.get_all_jobs(), key=lambda job: job.name)
            if job.name != EVERYTHING
        },
        "schedules": {
            schedule.name: schedule.cron_schedule for schedule in repository.schedule_defs
        },
        "sensors": sorted(sensor.name for sensor in repository.sensor_defs),
    }


def test_the_asset_graph_is_the_pinned_one() -> None:
    """Whoever moves an asset, a group or a job says so in graph.json."""
    drawn = json.dumps(draw_graph(), indent=2) + "\n"

    assert drawn == PINNED.read_text()


def test_feedback_depends_on_fills_and_not_on_the_release() -> None:
    """The loop closes through the world: no asset is its own ancestor."""
    graph = defs.get_repository_def().asset_graph
    ancestors: set[str] = set()
    waiting = ["feedback"]
    while waiting:
        name = waiting.pop()
        parents = [
            parent.to_user_string()
            for key in graph.get_all_asset_keys()
            if key.to_user_string() == name
            for parent in graph.get(key).parent_keys
        ]
        waiting += [parent for parent in parents if parent not in ancestors]
        ancestors |= set(parents)

    assert ancestors == {"fills"}
