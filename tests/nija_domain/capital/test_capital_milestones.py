"""Each rung once: profit locked, base size grown, an achievement for ever."""

from decimal import Decimal

import pytest

from nija_domain.capital.milestones import (
    LADDER,
    Milestones,
    bonus_of,
    find_reached,
    measure_progress,
    pass_by_funds,
    reach,
)

START = pass_by_funds(Milestones(), Decimal(600))


def _found(milestones: Milestones, equity: int, profit: int) -> list[tuple[int, int]]:
    found = find_reached(milestones, equity=Decimal(equity), profit=Decimal(profit))
    return [(int(reached.rung), int(reached.locked)) for reached in found]


def test_the_ladder_is_the_specified_one() -> None:
    """Ten rungs from 100 to 100,000."""
    assert LADDER == (100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000)


def test_what_the_starting_capital_passes_rewards_nothing() -> None:
    """With 600 the rungs up to 500 are passed, and none of them pays."""
    assert (START.passed, START.rewarded, START.bonus) == (3, 0, 0.0)
    assert pass_by_funds(Milestones(), Decimal(500)).passed == 3
    assert _found(START, 999, 399) == []


def test_a_rung_locks_a_tenth_of_the_profit_since_the_one_before() -> None:
    """400 of profit at 1,000 lock 40; at 2,500 another 1,500 lock 150."""
    assert _found(START, 1_000, 400) == [(1_000, 40)]
    after = reach(START, Decimal(1_000), profit=Decimal(400))
    assert _found(after, 2_500, 1_900) == [(2_500, 150)]


def test_two_rungs_in_one_leap_lock_the_profit_once() -> None:
    """The first takes the tenth, the second finds no profit of its own."""
    assert _found(START, 3_000, 2_400) == [(1_000, 240), (2_500, 0)]


def test_crossing_again_rewards_nothing() -> None:
    """A rung that was reached stays reached, however far equity falls."""
    after = reach(START, Decimal(1_000), profit=Decimal(400))

    assert _found(after, 700, 100) == []
    assert _found(after, 1_001, 401) == []


@pytest.mark.parametrize(("rewarded", "bonus"), [(0, 0.0), (1, 0.2), (4, 0.8), (5, 1.0), (9, 1.0)])
def test_bonuses_add_up_to_the_cap(rewarded: int, bonus: float) -> None:
    """Twenty points a rung, additive, a hundred at most."""
    assert bonus_of(rewarded) == pytest.approx(bonus)


def test_progress_is_the_share_of_the_stretch() -> None:
    """From 500 to 1,000, 750 is half-way; after the last rung there is no next."""
    half = measure_progress(START, Decimal(750))
    done = measure_progress(Milestones(passed=len(LADDER)), Decimal(1))

    assert (half.last, half.next, half.share) == (500, 1_000, 0.5)
    assert (done.next, done.share) == (None, 1.0)
