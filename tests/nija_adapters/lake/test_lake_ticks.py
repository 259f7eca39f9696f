"""Numbers in steps come back to the bit, whatever they were."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_adapters.lake.ticks import DECIMALS_MAX, EXACT_STEPS_MAX, count_steps


def _slowly_counted(numbers: list[float]) -> int | None:
    """The fewest decimals under which exact arithmetic gives the bits back."""
    for decimals in range(DECIMALS_MAX + 1):
        steps = [round(Decimal(number) * 10**decimals) for number in numbers]
        exact = all(abs(step) < EXACT_STEPS_MAX for step in steps)
        back = [float(Decimal(step).scaleb(-decimals)) for step in steps]
        if exact and np.array(back).tobytes() == np.array(numbers).tobytes():
            return decimals
    return None


@given(
    st.lists(
        st.one_of(
            st.decimals(0, 100_000, places=2).map(float),
            st.decimals(0, 10, places=8).map(float),
            st.floats(-1e17, 1e17),
            st.sampled_from([0.0, -0.0, 1e-300, 0.1 + 0.2, 2.0**53, 9007199254740991.0]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_steps_give_every_number_back(numbers: list[float]) -> None:
    """To the bit; and where none are found, none with so few decimals are exact."""
    column = np.array(numbers)
    steps = count_steps([column])

    if steps is None:
        assert _slowly_counted(numbers) is None
    else:
        assert (steps.columns[0] / steps.scale).tobytes() == column.tobytes()
        assert steps.scale == 10.0 ** (_slowly_counted(numbers) or 0)


def test_columns_share_the_coarsest_scale() -> None:
    """Two decimals in one column and none in the other: hundredths for both."""
    steps = count_steps([np.array([1.0, 2.0]), np.array([1.5, 2.25])])

    assert steps is not None
    assert steps.scale == 100.0
    assert [column.tolist() for column in steps.columns] == [[100, 200], [150, 225]]


def test_a_finer_number_far_behind_is_seen() -> None:
    """A glance at the first rows proposes a scale; the whole column decides."""
    column = np.full(1_000, 2.5)
    column[900] = 2.125
    steps = count_steps([column])

    assert steps is not None
    assert steps.scale == 1_000.0


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf, 0.1 + 0.2])
def test_what_is_no_step_stays_as_it_is(odd: float) -> None:
    column = np.full(1_000, 2.5)
    column[900] = odd

    assert count_steps([column]) is None


def test_no_rows_have_no_scale() -> None:
    assert count_steps([np.empty(0)]) is None
