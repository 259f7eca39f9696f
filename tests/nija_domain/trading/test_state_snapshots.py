"""A state that went through bytes is the same state, and trades on as if nothing had been."""

from decimal import Decimal
from math import nan

import pytest
from msgspec.structs import asdict, replace

from nija_domain.errors import EventInvalid
from nija_domain.events.records import JournalEvent
from nija_domain.trading.book import Purse
from nija_domain.trading.fold import fold
from nija_domain.trading.snapshots import decode_state, encode_state
from nija_domain.trading.state import State
from tests.fakes.sessions import with_book, with_market
from tests.fakes.traded import traded_session


def _folded(state: State, events: tuple[JournalEvent, ...]) -> State:
    for event in events:
        state = fold(state, event)
    return state


def _written(state: State) -> dict[str, str]:
    """Each field to the last bit, the order in dictionaries and NaN included; not that of sets."""
    return {name: repr(value).replace("frozenset", "") for name, value in asdict(state).items()}


@pytest.mark.parametrize("step", [500, pytest.param(1, marks=pytest.mark.prove)])
def test_every_field_of_every_state_comes_back_to_the_bit(step: int) -> None:
    """After each so many records of a real session, and after its last.

    After each single one it proves the next test for every cut.
    """
    state, session = State(), traded_session()
    for number, event in enumerate(session, start=1):
        state = fold(state, event)
        if number % step == 0 or number == len(session):
            found = decode_state(encode_state(state))

            for name in State.__struct_fields__:
                assert getattr(found, name) == getattr(state, name), name
            assert list(found.book.orders) == list(state.book.orders)
            assert repr(found.market.symbols) == repr(state.market.symbols)
            assert repr(found.book.purse) == repr(state.book.purse)


@pytest.mark.parametrize("cut", [4, 5, 1_733])
def test_a_snapshot_and_the_rest_are_the_whole(cut: int) -> None:
    """Wherever the session is cut, the last state is the same to the bit."""
    session = traded_session()
    whole = _folded(State(), session)
    at_cut = _folded(State(), session[:cut])

    resumed = _folded(decode_state(encode_state(at_cut)), session[cut:])

    assert _written(resumed) == _written(whole)


def test_nan_and_trailing_zeros_survive() -> None:
    """A feature that still warms up is NaN; money keeps its decimals."""
    state = _folded(State(), traded_session())
    warming = replace(next(iter(state.market.symbols.values())), values=(nan, 1.0, -0.0))
    state = with_market(state, symbols={"BTC/USD": warming})
    state = with_book(state, purse=Purse(cash=Decimal("1.50E+4")))

    found = decode_state(encode_state(state))

    assert repr(found.market.symbols) == repr(state.market.symbols)
    assert str(found.book.purse.cash) == "1.50E+4"


def test_a_state_that_would_come_back_otherwise_is_not_kept() -> None:
    """A field with another type than it declares is told now, not at the next start."""
    state = _folded(State(), traded_session())
    known = next(iter(state.market.symbols.values()))

    for wrong in (object(), "text"):
        spoilt = replace(known, close=wrong)
        with pytest.raises(EventInvalid, match="another type than it declares"):
            encode_state(with_market(state, symbols={"BTC/USD": spoilt}))


def test_bytes_that_are_no_state_are_refused() -> None:
    """In our words, so that a start goes on without them."""
    with pytest.raises(EventInvalid, match="cannot be read by this version"):
        decode_state(b"\x93 no state")
