"""What people read on Dagster's page is there, in one time zone, and in its place."""

import pytest

from nija_pipelines.definitions import defs
from nija_pipelines.instance.retries import TIMEZONE
from nija_pipelines.passing.pictures import as_markdown, draw_line

INLINE_CHARACTERS = 1_000


def test_every_sensor_and_schedule_says_what_it_does_and_when() -> None:
    """All by one clock."""
    repository = defs.get_repository_def()

    assert {schedule.execution_timezone for schedule in repository.schedule_defs} == {TIMEZONE}
    for found in (*repository.schedule_defs, *repository.sensor_defs):
        assert found.description, found.name


@pytest.mark.parametrize("count", [0, 1, 2, 40, 41, 100_000])
def test_an_equity_curve_is_shown_in_its_place(count: int) -> None:
    """Dagster's page does so with Markdown of less than a thousand characters."""
    shown = as_markdown(draw_line([1e7 + 1e6 * (n % 7) for n in range(count)]), title="equity")

    assert len(shown) < INLINE_CHARACTERS
