"""What may be claimed of a sample, and what it lacks."""

import pytest

from nija_domain.statistics.evidence import (
    DRAWDOWN_RETURNS_MIN,
    RATIO_DAYS_MIN,
    RATIO_TRADES_MIN,
    Sample,
    find_drawdown_lack,
    find_lack,
)


def test_the_minimums_are_thirty_trades_and_sixty_days() -> None:
    """As the documentation states them."""
    assert (RATIO_TRADES_MIN, RATIO_DAYS_MIN, DRAWDOWN_RETURNS_MIN) == (30, 60, 30)


@pytest.mark.parametrize(
    ("trades", "days", "expected"),
    [
        (30, 60, None),
        (30, None, None),
        (29, 60, "too few to say: 29 of at least 30 closed trades"),
        (30, 59, "too few to say: 59 of at least 60 days"),
        (0, 0, "too few to say: 0 of at least 30 closed trades and 0 of at least 60 days"),
        (5, None, "too few to say: 5 of at least 30 closed trades"),
    ],
)
def test_what_is_missing_is_named_with_what_there_is(
    trades: int, days: int | None, expected: str | None
) -> None:
    """At the minimum a number may be told; one below it may not."""
    assert find_lack(Sample(trades, days)) == expected


def test_a_drawdown_of_few_returns_is_none() -> None:
    """One return that is a gain has fallen by nothing, and shows nothing."""
    assert find_drawdown_lack(1) == "too few to say: 1 of at least 30 returns"
    assert find_drawdown_lack(30) is None
