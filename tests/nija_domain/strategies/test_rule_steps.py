"""What each rule wishes, case by case, and what no rule ever wishes."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from nija_domain.features.columns.distance_from_mean import DEVIATION_OF_A_WALK
from nija_domain.strategies.rule import ENTER, EXIT, NO_WISH, NONE, STOP_FRACTION_MAX, RuleRow, Wish
from nija_domain.strategies.rules.breakout import INITIAL as UNKNOWN
from nija_domain.strategies.shelf import RULES, choose_preset, numbers_of
from tests.fakes.rule_rows import draw_choice, draw_columns

NAN = math.nan
SEEDS = st.integers(0, 2**32)
NAMES = st.sampled_from([*RULES])


def _row(*values: float, held: bool = False, price: float = 100.0, bear: float = 0.1) -> RuleRow:
    return RuleRow(price, held, int(held), 0.9 - bear, 0.1, bear, values)


def _wish(name: str, row: RuleRow, state: tuple[float, ...] = (), **numbers: float) -> Wish:
    choice = choose_preset(name, "aggressive")
    changed = replace(choice, parameters={**choice.parameters, **numbers})
    return RULES[name].step(state, row, numbers_of(changed))[1]


def _stretched(deviations: float, **more: Any) -> RuleRow:
    return _row(deviations * DEVIATION_OF_A_WALK * 0.004, 0.004, 0.01, **more)


@pytest.mark.parametrize(
    ("row", "action"),
    [
        (_stretched(-2.0), ENTER),
        (_stretched(-1.4), NONE),
        (_stretched(2.0), NONE),
        (_stretched(-2.0, bear=0.6), NONE),
        (_stretched(-2.0, bear=NAN), NONE),
        (_row(-2.0 * DEVIATION_OF_A_WALK * 0.001, 0.001, 0.01), NONE),
        (_row(-0.05, 0.004, 0.1), NONE),
        (_row(-0.05, 0.0, 0.01), NONE),
        (_stretched(-2.0, held=True), NONE),
        (_stretched(0.0, held=True), EXIT),
        (_stretched(-1.0, held=True, bear=0.6), EXIT),
        (_row(NAN, 0.004, 0.01, held=True), NONE),
    ],
)
def test_a_dip_is_bought_and_left_at_the_mean(row: RuleRow, action: int) -> None:
    """Deep enough, worth its fees, not bearish, not behind a stop half of the price away."""
    assert _wish("mean_reversion", row).action == action


def test_the_target_of_a_dip_is_its_mean() -> None:
    """The way back, as a share of the price; what has not come back after 96 bars is closed."""
    wish = _wish("mean_reversion", _row(math.log(0.95), 0.004, 0.01))

    assert wish.target_fraction == pytest.approx(1 / 0.95 - 1)
    assert (wish.share, wish.stop_fraction, wish.bars_max) == (1.0, pytest.approx(0.06), 96)


QUIET = (1.0, 0.0)
BREAK = (1.2, 0.01, 0.01, 2.0)


@pytest.mark.parametrize(
    ("state", "row", "action"),
    [
        (QUIET, _row(*BREAK), ENTER),
        (UNKNOWN, _row(*BREAK), NONE),
        ((1.2, 0.0), _row(*BREAK), NONE),
        (QUIET, _row(1.0, 0.01, 0.01, 2.0), NONE),
        (QUIET, _row(1.2, 0.01, 0.01, 0.4), NONE),
        (QUIET, _row(*BREAK, bear=0.6), NONE),
        (QUIET, _row(1.2, 0.1, 0.01, 2.0), NONE),
        (QUIET, _row(1.2, 0.01, 0.01, NAN), NONE),
        (QUIET, _row(*BREAK, held=True), NONE),
        (QUIET, _row(0.05, 0.01, 0.01, 2.0, held=True), EXIT),
        (QUIET, _row(*BREAK, held=True, bear=0.6), EXIT),
        ((1.0, 112.0), _row(0.9, 0.01, 0.01, 2.0, held=True), EXIT),
        ((1.0, 111.0), _row(0.9, 0.01, 0.01, 2.0, held=True), NONE),
    ],
)
def test_a_break_out_of_quiet_is_bought_and_trailed(
    state: tuple[float, ...], row: RuleRow, action: int
) -> None:
    """With volume, out of a range that was quiet; left in the range or under the trail."""
    assert _wish("breakout", row, state).action == action


def test_the_trail_rises_and_never_falls() -> None:
    """The state keeps the highest close since the entry, and forgets it with the position."""
    numbers = numbers_of(choose_preset("breakout", "aggressive"))
    state, highest = UNKNOWN, list[float]()
    for price, held in ((100.0, False), (104.0, True), (101.0, True), (99.0, False)):
        state, _ = RULES["breakout"].step(state, _row(*BREAK, held=held, price=price), numbers)
        highest.append(state[1])

    assert highest == [100.0, 104.0, 104.0, 99.0]


def test_after_a_bar_that_is_unknown_nothing_is_quiet() -> None:
    """A break out of a range that nobody saw is not bought; the trail goes on from its close."""
    numbers = numbers_of(choose_preset("breakout", "aggressive"))
    gap = _row(NAN, 0.01, 0.01, 2.0, held=True, price=105.0)
    state, _ = RULES["breakout"].step(QUIET, gap, numbers)
    _, wish = RULES["breakout"].step(state, _row(*BREAK), numbers)

    assert state == (UNKNOWN[0], 105.0)
    assert wish == NO_WISH


@pytest.mark.parametrize(
    ("bull", "bars_held", "action"),
    [
        (0.7, 0, ENTER),
        (0.69, 0, NONE),
        (NAN, 0, NONE),
        (0.36, 40, NONE),
        (0.34, 40, EXIT),
        (0.34, 11, NONE),
        (0.34, 12, EXIT),
    ],
)
def test_exposure_is_entered_high_and_left_low(bull: float, bars_held: int, action: int) -> None:
    """Between the two levels, and in its first bars, what is held stays held."""
    row = RuleRow(100.0, bars_held > 0, bars_held, bull, 0.0, 1.0 - bull, (0.01,))

    assert _wish("hmm_policy", row).action == action


def _walk(name: str, choice_seed: int, row_seed: int) -> list[tuple[RuleRow, Wish]]:
    """Rows at random, held at random: more than a rule's own entries would ever show it."""
    rule, rows = RULES[name], 40
    columns, state = draw_columns(rule, rows=rows, seed=row_seed), rule.initial
    numbers, walked = numbers_of(draw_choice(rule, seed=choice_seed)), []
    for place in range(rows):
        is_held = (row_seed >> place % 30) % 2 == 1
        row = RuleRow(
            float(columns.close[place]),
            is_held,
            place if is_held else 0,
            *columns.probs[place].tolist(),
            tuple(columns.values[place].tolist()),
        )
        state, wish = rule.step(state, row, numbers)
        walked.append((row, wish))
    return walked


@given(name=NAMES, choice_seed=SEEDS, row_seed=SEEDS)
@settings(max_examples=150, deadline=None)
def test_no_rule_wishes_what_cannot_be_done(name: str, choice_seed: int, row_seed: int) -> None:
    """Exits only of what is held, entries only of what is not, and whole ones.

    The first releases' trend rule leaves a stop that is too far away to the core, which refuses it.
    """
    stop_max = 20.0 * 0.04 if name == "trend" else STOP_FRACTION_MAX
    for row, wish in _walk(name, choice_seed, row_seed):
        assert wish.action != EXIT or row.is_held
        if wish.action != ENTER:
            assert wish[1:] == (0.0, 0.0, 0.0, 0)
            continue
        assert not row.is_held
        assert 0.0 < wish.share <= 1.0
        assert 0.0 < wish.stop_fraction <= stop_max
        assert wish.target_fraction >= 0.0
        assert wish.bars_max >= 0


@given(name=NAMES, choice_seed=SEEDS, row_seed=SEEDS)
@settings(max_examples=150, deadline=None)
def test_nothing_is_wished_while_a_feature_is_unknown(
    name: str, choice_seed: int, row_seed: int
) -> None:
    """Nor entered while a probability is, except by the first releases' trend rule."""
    for row, wish in _walk(name, choice_seed, row_seed):
        if any(map(math.isnan, row.values)):
            assert wish == NO_WISH
        if wish.action == ENTER:
            assert name == "trend" or not math.isnan(row.bear)


@given(name=NAMES, choice_seed=SEEDS, row_seed=SEEDS)
@settings(max_examples=60, deadline=None)
def test_every_wish_is_explained_in_one_line(name: str, choice_seed: int, row_seed: int) -> None:
    """The sentence holds the numbers of its row; none of them is unknown."""
    for row, wish in _walk(name, choice_seed, row_seed):
        if wish.action != NONE and not math.isnan(row.bear + row.bull + row.chop):
            sentence = RULES[name].explain(row, wish)

            assert 10 < len(sentence) < 100
            assert "\n" not in sentence
            assert "nan" not in sentence
