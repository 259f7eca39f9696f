"""Each authority's word stands for itself: whoever is milder, later or less entitled ends none."""

import re
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.events import session_records as ses
from nija_domain.market.timeframes import MINUTE_US
from nija_domain.releases.directive import Authority
from nija_domain.safety.authorities import MAY_LIFT
from nija_domain.safety.halts import DRAWDOWN
from nija_domain.trading.core import advance
from nija_domain.trading.state import State
from tests.fakes.sessions import NOON_US, accepted, filled, fold_all, intended, open_state
from tests.nija_domain.safety.test_restrictions import LIFE_US, answer, directed

LIMITS_PAGE = Path(__file__).parents[3] / "docs" / "limits.md"
EVERYBODY = get_args(Authority)


def _is_refused(state: State, *, at_us: int = NOON_US) -> bool:
    return isinstance(answer(state, at_us=at_us), ev.EntryRefused)


def test_a_later_milder_word_of_another_lifts_nothing() -> None:
    """A person suspends for long; the checks of data then say reduce-only for an hour."""
    state = open_state(
        directed(1, "suspend", expires_us=NOON_US + 3 * LIFE_US),
        directed(2, "reduce_only", authority="data"),
    )
    first = state.restrictions.words_in_force(NOON_US)[0]

    assert (first.authority, first.level, first.why) == ("person", "halt", "a test")
    assert _is_refused(state, at_us=NOON_US + 2 * LIFE_US)
    assert not _is_refused(state, at_us=NOON_US + 3 * LIFE_US)


def test_a_word_that_comes_after_its_end_changes_nothing() -> None:
    """Neither a suspend nor a resume that was late takes the place of a suspend that holds."""
    late = {"issued_us": NOON_US - 2 * MINUTE_US, "expires_us": NOON_US - MINUTE_US}
    state = open_state(
        directed(1, "suspend"), directed(2, "suspend", **late), directed(3, "resume", **late)
    )

    assert state.restrictions.directive_number == 3
    assert _is_refused(state)


def test_a_milder_word_of_the_same_authority_lifts_nothing_either() -> None:
    """It goes on when the stricter one has ended."""
    state = open_state(
        directed(1, "suspend"), directed(2, "reduce_only", authority="person", expires_us=2**60)
    )

    assert [w.level for w in state.restrictions.words_in_force(NOON_US)] == ["halt", "reduce_only"]
    assert [w.level for w in state.restrictions.words_in_force(NOON_US + LIFE_US)] == [
        "reduce_only"
    ]


@pytest.mark.parametrize(("whose", "by"), list(product(EVERYBODY, EVERYBODY)))
def test_who_resumes_lifts_what_the_table_leaves_to_it(whose: Authority, by: Authority) -> None:
    """Of all words in force at once, those of others stay."""
    said = (directed(n, "suspend", authority=each) for n, each in enumerate(EVERYBODY, 1))
    state = open_state(*said, directed(9, "resume", authority=by))
    left = {word.authority for word in state.restrictions.words_in_force(NOON_US)}

    assert (whose in left) == (by not in MAY_LIFT[whose])


def test_the_page_has_the_same_table() -> None:
    """docs/limits.md names each authority with whoever may lift its word."""
    rows = re.findall(
        r"^\| (\w+) \|[^|]*\| ([\w, ]+) \|[^|]*\|$", LIMITS_PAGE.read_text(), re.MULTILINE
    )

    assert {name: frozenset(by.split(", ")) for name, by in rows if name in MAY_LIFT} == MAY_LIFT


def test_before_the_fifth_rules_the_newest_word_stood_alone() -> None:
    """So older journals replay: there, what is milder replaces what is stricter."""
    started = ev.SessionStarted(
        at_us=NOON_US, mode="p", venue="v", version="0", commit="c", rules=ses.BARS_DIGESTED
    )
    suspend = directed(1, "suspend", expires_us=NOON_US + 3 * LIFE_US)
    state = open_state(started, suspend, directed(2, "reduce_only"))
    now = fold_all(state, replace(started, rules=ses.AUTHORITIES))

    assert not _is_refused(state, at_us=NOON_US + 2 * LIFE_US)
    assert not _is_refused(now, at_us=NOON_US + 2 * LIFE_US)
    assert _is_refused(now)


def _after_drawdown() -> State:
    """Half of it lost long ago, so that no day is to blame any more."""
    state = advance(open_state(), ev.BarClosed(at_us=NOON_US, ts_us=NOON_US - 1)).state
    fee = str(state.book.purse.equity / 2)
    lost = fold_all(
        state,
        intended("e1", quantity="0.0001"),
        accepted("e1"),
        filled("e1", "t1", quantity="0.0001", price="1", fee=fee),
        accepted("e1-stop"),
    )
    return _bar_after(lost, 5)


def _bar_after(state: State, minutes: int) -> State:
    at_us = NOON_US + minutes * MINUTE_US
    return advance(state, ev.BarClosed(at_us=at_us, ts_us=at_us - 5 * MINUTE_US)).state


def test_a_person_lifts_a_drawdown_halt_and_it_stays_lifted() -> None:
    """From now on losses count from the equity of now: the next bar halts on no old loss."""
    state = _after_drawdown()
    lift = directed(1, "lift", subject=DRAWDOWN, authority="person")
    made = advance(state, lift)
    lifted = [e for e in made.records if isinstance(e, ev.HaltLifted)]

    assert DRAWDOWN in state.restrictions.halts
    assert [(e.limit, e.peak_equity) for e in lifted] == [(DRAWDOWN, state.book.purse.equity)]
    assert made.state.book.purse.peak_equity == state.book.purse.equity > Decimal(0)
    assert DRAWDOWN not in _bar_after(made.state, 10).restrictions.halts


@pytest.mark.parametrize(
    "directive",
    [
        directed(1, "lift", subject=DRAWDOWN, authority="guardian"),
        directed(1, "lift", subject=DRAWDOWN, authority="person", expires_us=NOON_US + 1),
        directed(1, "lift", subject="daily_loss_halt", authority="person"),
        directed(1, "resume", authority="person"),
    ],
)
def test_nothing_else_lifts_a_halt(directive: ev.DirectiveReceived) -> None:
    """Not a program, not an old word, not another word; a daily loss ends with its day alone."""
    state = _after_drawdown()
    late = replace(directive, at_us=NOON_US + MINUTE_US)

    assert advance(state, late).state.restrictions.halts == state.restrictions.halts
