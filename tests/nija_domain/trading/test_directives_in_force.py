"""A directive narrows what the release allows, until it expires, and never widens it."""

import msgspec
import pytest

from nija_domain.events import records as ev
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
    )
    state = advance(state, wish).state
    return advance(state, ev.DecisionDue(at_us=at_us, ts_us=NOON_US)).records[-1]


def test_without_directives_the_wish_becomes_an_order() -> None:
    """The ground that the other tests stand on."""
    assert isinstance(answer(open_state()), ev.OrderIntended)


@pytest.mark.parametrize(
    ("directive", "told"),
    [
        (directed(1, "suspend"), "suspend"),
        (directed(1, "reduce_only"), "reduce_only"),
        (directed(1, "universe", symbols=("OTHER/USD",)), "universe"),
        (directed(1, "allocations", weights={"trend": 0.0}), "agent_weight"),
        (directed(1, "allocations", weights={"somebody": 0.4}), "agent_weight"),
    ],
)
def test_a_directive_in_force_refuses_and_says_so(
    directive: ev.DirectiveReceived, told: str
) -> None:
    """The refusal names what stood against the entry; expired, it stands no more."""
    state = open_state(directive)

    refused = answer(state)
    later = answer(state, at_us=NOON_US + LIFE_US)

    assert isinstance(refused, ev.EntryRefused)
    assert told in refused.reason
    assert isinstance(later, ev.OrderIntended)


def test_resuming_takes_the_place_of_what_suspended() -> None:
    """The newest directive of a slot counts."""
    state = open_state(directed(1, "suspend"), directed(2, "resume"))

    assert isinstance(answer(state), ev.OrderIntended)
    assert state.directive_number == 2


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
