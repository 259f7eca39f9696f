"""A directive narrows what the release allows, until it expires, and never widens it."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.events import records as ev
from nija_domain.events import session_records as ses
from nija_domain.events.chain import decode_event
from nija_domain.releases.directive import Directive, encode_directive
from nija_domain.trading.core import advance
from nija_domain.trading.state import State
from tests.fakes.sessions import NOON_US, SYMBOL, open_state

LIFE_US = 1_000_000


def directed(number: int, kind: str, **fields: object) -> ev.DirectiveReceived:
    draft = {"issued_us": NOON_US, "expires_us": NOON_US + LIFE_US, "reason": "a test"}
    directive = msgspec.convert({"kind": kind, "number": number, **draft, **fields}, Directive)
    content = encode_directive(directive).decode()
    return ev.DirectiveReceived(at_us=NOON_US, number=number, content=content)


def answer(state: State, *, at_us: int = NOON_US) -> ev.JournalEvent:
    """What the core makes of one wish to enter."""
    wish = ev.SignalGiven(
        at_us=at_us,
        symbol=SYMBOL,
        action="enter",
        share=1.0,
        stop_fraction=0.05,
        config_id="trend:x:y",
        reasoning="a wish",
        agent="trend",
    )
    state = advance(state, wish).state
    return advance(state, ev.DecisionDue(at_us=at_us, ts_us=NOON_US)).records[-1]


def test_without_directives_the_wish_becomes_an_order() -> None:
    """The ground that the other tests stand on."""
    assert isinstance(answer(open_state()), ev.OrderIntended)


@pytest.mark.parametrize(
    ("directive", "expected"),
    [
        (directed(1, "suspend"), "suspend"),
        (directed(1, "reduce_only"), "reduce_only"),
        (directed(1, "universe", symbols=("OTHER/USD",)), "universe"),
        (directed(1, "allocations", weights={"trend": 0.0}), "agent_weight"),
        (directed(1, "allocations", weights={"somebody": 0.4}), "agent_weight"),
    ],
)
def test_a_directive_in_force_refuses_and_says_so(
    directive: ev.DirectiveReceived, expected: str
) -> None:
    """The refusal names what stood against the entry."""
    refused = answer(open_state(directive))

    assert isinstance(refused, ev.EntryRefused)
    assert expected in refused.reason


@pytest.mark.parametrize("kind", ["suspend", "reduce_only"])
def test_an_order_to_stop_ends_with_its_time(kind: str) -> None:
    """Whoever gave it said until when."""
    state = open_state(directed(1, kind))

    assert isinstance(answer(state, at_us=NOON_US + LIFE_US), ev.OrderIntended)


BOUNDS = st.one_of(
    st.builds(lambda weight: ("allocations", {"weights": {"trend": weight}}), st.floats(0.0, 1.0)),
    st.builds(
        lambda weight: ("symbol_weights", {"weights": {SYMBOL: weight}}), st.floats(0.0, 1.0)
    ),
    st.sampled_from(
        [("universe", {"symbols": (SYMBOL,)}), ("universe", {"symbols": ("OTHER/USD",)})]
    ),
)


@settings(max_examples=60, deadline=None)
@given(bounds=st.lists(BOUNDS, min_size=1, max_size=4), late_us=st.integers(0, 90 * 86_400_000_000))
def test_no_entry_grows_because_a_directive_lapses(
    bounds: list[tuple[str, dict[str, object]]], late_us: int
) -> None:
    """Whatever bounded it while in force bounds it as much at any later time."""
    state = open_state(*(directed(n, kind, **found) for n, (kind, found) in enumerate(bounds, 1)))

    assert size_of(answer(state, at_us=NOON_US + LIFE_US + late_us)) <= size_of(answer(state))


def size_of(answered: ev.JournalEvent) -> Decimal:
    return answered.quantity if isinstance(answered, ev.OrderIntended) else Decimal(0)


@pytest.mark.parametrize("rules", [ses.FIRST_RULES, ses.LAPSED_WEIGHTS_HOLD])
def test_a_journal_replays_by_the_rules_that_it_was_written_under(rules: int) -> None:
    """What was free after a lapse stays free in an old journal, and is refused in a new one."""
    started = ev.SessionStarted(
        at_us=NOON_US, mode="paper", venue="v", version="0", commit="c", rules=rules
    )
    state = open_state(started, directed(1, "allocations", weights={"trend": 0.0}))
    late = answer(state, at_us=NOON_US + LIFE_US)

    assert isinstance(late, ev.OrderIntended) == (rules == ses.FIRST_RULES)


def test_a_session_of_before_is_read_as_of_the_first_rules() -> None:
    """Its record names none."""
    body = (
        b'{"type":"session_started/1","at_us":1,"mode":"p","venue":"v","version":"0","commit":"c"}'
    )
    event = decode_event(body)

    assert isinstance(event, ev.SessionStarted)
    assert event.rules == ses.FIRST_RULES


def test_resuming_takes_the_place_of_what_suspended() -> None:
    """The newest directive of a slot counts."""
    state = open_state(directed(1, "suspend"), directed(2, "resume"))

    assert isinstance(answer(state), ev.OrderIntended)
    assert state.restrictions.directive_number == 2


def test_a_weight_bounds_the_size_and_never_raises_it() -> None:
    """A small weight makes a smaller order; a full one leaves the order as it was."""
    free = answer(open_state())
    full = answer(open_state(directed(1, "allocations", weights={"trend": 1.0})))
    small = answer(open_state(directed(1, "allocations", weights={"trend": 0.005})))

    assert isinstance(free, ev.OrderIntended)
    assert isinstance(full, ev.OrderIntended)
    assert isinstance(small, ev.OrderIntended)
    assert full.quantity == free.quantity
    assert small.quantity < free.quantity
    assert min(small.waterfall[1:], key=lambda step: step.factor).step == "agent_weight"


def test_a_symbol_that_a_directive_names_is_not_thereby_tradable() -> None:
    """The release's own universe still bounds."""
    state = open_state(directed(1, "universe", symbols=("NEW/USD",)))

    assert "NEW/USD" not in state.followed_symbols
