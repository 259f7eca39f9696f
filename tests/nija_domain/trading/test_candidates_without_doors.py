"""Nothing of a candidate can reach a venue: neither by its types, nor by what it does."""

from typing import Any, get_args, get_type_hints

import msgspec
from msgspec.structs import replace

from nija_domain.trading import candidates, core
from nija_domain.trading.commands import Action
from nija_domain.trading.core import Advance
from nija_domain.trading.paper_books import PaperBooks
from nija_domain.trading.reports import PlacedOrder
from nija_domain.trading.session import advance
from nija_domain.trading.state import State
from tests.fakes.beside import CANDIDATE, activated, session_events, start_us
from tests.fakes.stages import COMPETING, plan_backtest


def _reached(kind: Any, seen: set[Any]) -> set[Any]:
    """Every type that a value of this type can hold, however deep."""
    if kind in seen:
        return seen
    seen.add(kind)
    parts = get_args(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        parts = tuple(get_type_hints(kind).values())
    for part in parts:
        _reached(part, seen)
    return seen


def test_the_types_of_candidates_have_no_door() -> None:
    """Neither a book nor what is told of a step can hold an action; what a live step gives can."""
    doors = {*get_args(Action), PlacedOrder}
    told = get_type_hints(candidates.SteppedBooks)["told"]

    assert get_args(told)[0] == candidates.CandidateRecord
    assert not doors & _reached(told, set())
    assert not doors & _reached(PaperBooks, set())
    assert get_type_hints(candidates.step_candidates)["return"] is candidates.SteppedBooks
    assert doors <= _reached(Advance, set())


def test_no_event_of_candidates_ever_acts() -> None:
    """Although their books are full of orders, a session's actions are the live book's alone."""
    plan = plan_backtest(bars=80, seed=2, arms=COMPETING)
    begun = activated(plan.content, at_us=start_us(plan))
    state, acted, live = State(), list[Action](), list[Action]()
    for event in session_events(plan, [begun], bars=80):
        alone = core.advance(replace(state, paper=PaperBooks()), event)
        advanced = advance(state, event)
        state = advanced.state
        acted += advanced.actions
        live += alone.actions

    assert state.paper.books[CANDIDATE].book.intent_count > 0
    assert acted == live
