"""Tighter limits count at once; looser ones only with a person's signed approval."""

import msgspec
import pytest

from nija_domain.capital.limits import HardLimits, fingerprint_of, loosened
from nija_domain.capital.protection import ProtectionRules
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.events import session_records as ses
from nija_domain.market.timeframes import DAY_US
from nija_domain.trading.core import advance
from nija_domain.trading.state import State
from tests.fakes.sessions import NOON_US, fold_all, open_state
from tests.nija_domain.safety.test_restrictions import directed

LOOSE = HardLimits(
    max_trade_share=1.0,
    max_open_positions=3,
    min_notional=1.0,
    protection=ProtectionRules(halt_drawdown=0.3),
)
"""Looser in three, tighter in one."""


def read(limits: HardLimits, *, at_us: int = NOON_US) -> ev.LimitsRead:
    return ev.LimitsRead(at_us=at_us, content=msgspec.json.encode(limits).decode())


def approval(limits: HardLimits = LOOSE, **fields: object) -> ev.DirectiveReceived:
    fields = {"authority": "person", **fields}
    return directed(1, "limits", subject=fingerprint_of(limits), **fields)


def after(*events: ev.JournalEvent) -> State:
    state = open_state()
    for event in events:
        state = advance(state, event).state
    return state


def test_d14_a_looser_file_loosens_nothing_in_silence() -> None:
    """What is tighter in it counts at once; of the rest the old value."""
    state = after(read(LOOSE))
    limits = state.limits

    assert limits is not None
    assert (limits.max_trade_share, limits.max_open_positions) == (0.10, 3)
    assert (limits.min_notional, limits.protection.halt_drawdown) == (10.0, 0.2)
    assert state.limits_in_force is not None
    assert state.limits_in_force.max_trade_share == 0.10
    assert loosened(limits, LOOSE) == {
        "max_trade_share": (0.10, 1.0),
        "min_notional": (10.0, 1.0),
        "protection.halt_drawdown": (0.2, 0.3),
    }


@pytest.mark.parametrize("is_read_first", [True, False])
def test_an_approval_lets_exactly_these_limits_count(is_read_first: bool) -> None:
    """Given before the start that reads them or after it; other limits stay as they were."""
    steps = (read(LOOSE), approval()) if is_read_first else (approval(), read(LOOSE))
    other = HardLimits(max_trade_share=0.9)

    assert after(*steps).limits == LOOSE
    assert after(approval(other), read(LOOSE)).limits != LOOSE


def test_an_approval_is_used_once() -> None:
    """Tightened again, the same file needs another one; an unused one waits for a day."""
    tight = HardLimits(max_trade_share=0.05)
    late = read(LOOSE, at_us=NOON_US + DAY_US)

    assert after(read(LOOSE), approval(), read(tight), read(LOOSE)).limits != LOOSE
    assert after(approval(), late).limits != LOOSE


@pytest.mark.parametrize("fields", [{"authority": "guardian"}, {"expires_us": NOON_US + 1}])
def test_nobody_else_approves(fields: dict[str, object]) -> None:
    """No program, and no person of yesterday."""
    told = msgspec.structs.replace(approval(**fields), at_us=NOON_US + 2)

    assert after(read(LOOSE), told).limits != LOOSE


def test_the_very_first_file_counts_as_it_is() -> None:
    """There is nothing yet that it could loosen."""
    assert fold_all(State(), read(LOOSE)).limits == LOOSE


def test_older_journals_loosened_at_once() -> None:
    """And replay so; the next session compares with what they ended with."""
    started = ev.SessionStarted(
        at_us=NOON_US, mode="p", venue="v", version="0", commit="c", rules=ses.BARS_DIGESTED
    )
    now = msgspec.structs.replace(started, rules=ses.AUTHORITIES)
    looser = msgspec.structs.replace(LOOSE, max_open_positions=9)

    assert after(started, read(LOOSE)).limits == LOOSE
    assert after(started, read(LOOSE), now, read(looser)).limits == LOOSE


def test_it_replays() -> None:
    """Approval and lift come out of the directive again."""
    made = list[ev.JournalEvent]()
    state = State()
    for event in (read(HardLimits()), read(LOOSE), approval()):
        advanced = advance(state, event)
        state, made = advanced.state, [*made, *advanced.records]

    assert find_first_difference(made) is None
    assert state.limits == LOOSE
