"""Levels rise at once and fall one by one; out of HALT leads an approval alone."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from nija_domain.capital.protection import (
    LEVELS,
    Protection,
    ProtectionRules,
    count_trade,
    find_change,
    mark_equities,
    move_equity,
    prescribed_level,
    reopen,
    tighter,
    with_level,
)

RULES = ProtectionRules()


def _opened(amount: int = 1_000) -> Protection:
    return move_equity(Protection(), Decimal(amount))


def _marked(protection: Protection, equity: Decimal) -> Protection:
    return mark_equities(protection, [equity])


def _at(equity: str | int, *, before: Protection | None = None) -> Protection:
    """Marked, and put on the level that the mark asks for."""
    marked = _marked(before or _high(), Decimal(equity))
    change = find_change(marked, RULES)
    return with_level(marked, change.after) if change else marked


def _high() -> Protection:
    """A peak of 10,000 over a floor that is far away."""
    return _marked(_opened(), Decimal(10_000))


def _won(protection: Protection, wins: int) -> Protection:
    for _ in range(wins):
        protection = count_trade(protection, Decimal(1))
    return protection


@pytest.mark.parametrize(
    ("equity", "level", "multiplier"),
    [
        ("9500.01", "NORMAL", 1.0),
        ("9500", "CAUTION", 0.75),
        ("9000.01", "CAUTION", 0.75),
        ("9000", "WARNING", 0.5),
        ("8500", "DANGER", 0.25),
        ("8000.01", "DANGER", 0.25),
        ("8000", "HALT", 0.0),
    ],
)
def test_each_level_holds_at_or_over_its_drawdown(
    equity: str, level: str, multiplier: float
) -> None:
    """The bound itself is over it; levels are skipped where the loss skips them."""
    protection = _at(equity)

    assert protection.level == level
    assert RULES.multiplier(protection.level) == multiplier


def test_the_floor_halts_whatever_the_drawdown() -> None:
    """At 80 % of the starting capital, though the peak is only a little higher."""
    start = replace(_opened(), peak=Decimal(820), trough=Decimal(820), equity=Decimal(820))
    change = find_change(_marked(start, Decimal(800)), RULES)

    assert change is not None
    assert change.after == "HALT"
    assert "floor" in change.reason
    assert prescribed_level(_marked(start, Decimal("800.01")), RULES) == "NORMAL"


def test_three_wins_and_half_of_the_depth_relax_by_one_level() -> None:
    """Depth 1,500: at 9,250 half is regained; from DANGER the way leads to WARNING alone."""
    danger = _at(8_500)
    change = find_change(_won(_marked(danger, Decimal(9_250)), 3), RULES)

    assert change is not None
    assert (change.before, change.after) == ("DANGER", "WARNING")


@pytest.mark.parametrize(("equity", "wins"), [(9_250, 2), (9_249, 3), (8_500, 9)])
def test_one_condition_alone_relaxes_nothing(equity: int, wins: int) -> None:
    """Two wins, or a depth not half regained: the level stays."""
    danger = _at(8_500)

    assert find_change(_won(_marked(danger, Decimal(equity)), wins), RULES) is None


def test_a_loss_starts_the_count_of_wins_anew() -> None:
    """Three in a row, not three in all; a trade that pays nothing is no win."""
    danger = _marked(_at(8_500), Decimal(9_400))
    broken = _won(count_trade(_won(danger, 2), Decimal(0)), 2)

    assert find_change(broken, RULES) is None
    assert find_change(_won(broken, 1), RULES) is not None


def test_each_further_level_needs_wins_of_its_own() -> None:
    """Wins count from the last change of level on."""
    warning = with_level(_won(_marked(_at(8_500), Decimal(9_600)), 3), "WARNING")

    assert find_change(warning, RULES) is None
    assert find_change(_won(warning, 3), RULES) is not None


def test_a_new_high_counts_as_regained() -> None:
    """The episode is over; the level still falls one by one."""
    high = _won(_marked(_at(8_500), Decimal(10_001)), 3)
    change = find_change(high, RULES)

    assert change is not None
    assert change.after == "WARNING"


def test_no_level_falls_below_what_the_drawdown_prescribes() -> None:
    """Half of the depth regained from 8,500 is still a drawdown of over five per cent."""
    caution = with_level(_won(_marked(_at(8_500), Decimal(9_300)), 3), "CAUTION")

    assert find_change(_won(caution, 9), RULES) is None


def test_nothing_but_an_approval_leads_out_of_a_halt() -> None:
    """Wins and a new high leave HALT as it is."""
    halted = _at(7_000)

    assert find_change(_won(_marked(halted, Decimal(11_000)), 9), RULES) is None


def test_an_approval_opens_danger_until_one_more_step_is_lost() -> None:
    """Five points of the peak below the approved equity the halt returns."""
    opened = reopen(_at(7_000), RULES)

    assert opened.level == "DANGER"
    assert opened.trough == 7_000
    assert find_change(_marked(opened, Decimal("6500.01")), RULES) is None
    change = find_change(_marked(opened, Decimal(6_500)), RULES)
    assert change is not None
    assert change.after == "HALT"


@given(
    equity=st.integers(100, 1_000_000),
    loss=st.integers(0, 99),
    share=st.integers(1, 99),
)
def test_a_withdrawal_moves_neither_drawdown_nor_level(equity: int, loss: int, share: int) -> None:
    """Taking out a part of what is left leaves every ratio as it was."""
    start = _opened(equity)
    left = Decimal(equity) * (100 - loss) / 100
    before = _at(str(left), before=start)
    after = move_equity(before, -left * share / 100)

    assert abs(after.drawdown - before.drawdown) < Decimal("1e-20")
    assert after.level == before.level
    assert find_change(after, RULES) is None


def test_a_deposit_does_not_heal_a_drawdown() -> None:
    """New money scales the peak with it, and the floor takes all of it in."""
    before = _at(900, before=_opened())
    after = move_equity(before, Decimal(900))

    assert after.drawdown == before.drawdown
    assert after.floor_capital == 1_900


@given(marks=st.lists(st.integers(1, 20_000), max_size=40), wins=st.lists(st.booleans()))
def test_the_level_never_lies_under_the_prescribed(marks: list[int], wins: list[bool]) -> None:
    """After every mark; and no step down is wider than one."""
    protection = _opened(10_000)
    for row, equity in enumerate(marks):
        won = wins[row % len(wins)] if wins else True
        marked = count_trade(_marked(protection, Decimal(equity)), Decimal(1 if won else -1))
        change = find_change(marked, RULES)
        protection = with_level(marked, change.after) if change else marked
        place = LEVELS.index(protection.level)

        assert place >= LEVELS.index(prescribed_level(protection, RULES))
        assert place >= LEVELS.index(marked.level) - 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("caution_drawdown", 0.0),
        ("caution_drawdown", float("nan")),
        ("warning_drawdown", 0.05),
        ("halt_drawdown", 1.01),
        ("danger_multiplier", 0.0),
        ("caution_multiplier", 0.4),
        ("floor_share", 1.0),
        ("wins_to_relax", 0),
        ("regained_share", 1.1),
    ],
)
def test_rules_out_of_order_or_range_are_named(field: str, value: float) -> None:
    """Thresholds rise, multipliers fall, shares lie in their ranges."""
    with pytest.raises(ValueError, match=r"_drawdown|_multiplier|" + field):
        ProtectionRules(**{field: value})


def test_a_release_only_tightens() -> None:
    """Looser numbers of an envelope have no effect, stricter ones have."""
    loose = ProtectionRules(halt_drawdown=0.9, caution_multiplier=1.0, floor_share=0.1)
    strict = ProtectionRules(halt_drawdown=0.16, caution_multiplier=0.6, wins_to_relax=5)

    assert tighter(RULES, loose) == RULES
    both = tighter(RULES, strict)
    assert (both.halt_drawdown, both.caution_multiplier, both.wins_to_relax) == (0.16, 0.6, 5)
    assert both == tighter(strict, RULES)


@given(
    equities=st.lists(st.integers(1, 2_000).map(Decimal), min_size=1, max_size=20),
    halting=st.none() | st.integers(1, 900).map(Decimal),
)
def test_many_marks_are_one_after_the_other(
    equities: list[Decimal], halting: Decimal | None
) -> None:
    """Peak, trough and approval are those of each mark on its own."""
    one_by_one = together = replace(_opened(), halting_equity=halting)
    for equity in equities:
        one_by_one = mark_equities(one_by_one, [equity])

    assert mark_equities(together, equities) == one_by_one
