"""A whole session: the live book, which `core` decides, and the candidates on paper beside it.

Programs step and fold through here. The live book never looks at the candidates.
"""

from collections.abc import Callable
from typing import Any

from nija_domain.events import records as ev
from nija_domain.trading import core
from nija_domain.trading import fold as folding
from nija_domain.trading.candidates import (
    SteppedBooks,
    await_candidates,
    begin_candidate,
    drop_candidate,
    fail_candidate,
    follow_rules,
    step_candidates,
    warm_candidate,
)
from nija_domain.trading.core import Advance
from nija_domain.trading.state import State


def advance(state: State, event: ev.JournalEvent) -> Advance:
    """Step over an observed event, and over everything that is derived from it."""
    step = _STEPS.get(type(event))
    if step is not None:
        stepped = step(state, event)
        return Advance(stepped.state, (event, *stepped.told), ())
    made, change = core.advance(state, event), _CHANGES.get(type(event))
    if change is None:
        return made
    return Advance(change(made.state, event), made.records, made.actions)


def fold(state: State, event: ev.JournalEvent) -> State:
    """The state after one record. Restart is this fold, and nothing else."""
    step = _STEPS.get(type(event))
    if step is not None:
        return step(state, event).state
    after, change = folding.fold(state, event), _CHANGES.get(type(event))
    return change(after, event) if change else after


_STEPS: dict[type, Callable[[State, Any], SteppedBooks]] = {
    ev.CandidateActivated: begin_candidate,
    ev.CandidateWarmed: warm_candidate,
    ev.CandidatesDue: step_candidates,
}

_CHANGES: dict[type, Callable[[State, Any], State]] = {
    ev.SessionStarted: follow_rules,
    ev.CandidateDropped: drop_candidate,
    ev.CandidateFailed: fail_candidate,
    ev.CandleClosed: await_candidates,
    ev.BarClosed: await_candidates,
    ev.DecisionDue: await_candidates,
}
