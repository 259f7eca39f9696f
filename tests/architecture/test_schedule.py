"""What the schedule of the tests names is there, and `make prove` takes what it should."""

import pytest

from tests.conftest import LONGEST, QUICK_EXAMPLES, TOGETHER, WHOLE_EXAMPLES
from tests.fakes.programs import ROOT


@pytest.mark.parametrize("name", [*LONGEST, *TOGETHER])
def test_the_schedule_names_no_file_that_is_gone(name: str) -> None:
    """A renamed file would begin among the last, and a folder would lose its one session."""
    path = ROOT / name

    assert path.is_dir() if name.endswith("/") else path.is_file()


def test_proving_tries_more_than_every_day() -> None:
    """Else `make prove` would show no more of a property than `make test` does."""
    assert QUICK_EXAMPLES < WHOLE_EXAMPLES
