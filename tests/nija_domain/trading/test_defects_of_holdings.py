"""What once went wrong between what is held and what covers or explains it, each by its number."""

from decimal import Decimal

from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.market.timeframes import SECOND_US
from nija_domain.trading.core import Advance, advance
from nija_domain.trading.due import due_us
from nija_domain.trading.state import State
from tests.fakes.sessions import (
    NOON_US,
    POSITION,
    accepted,
    ended,
    filled,
    intended,
    open_state,
    seen,
)

SENT = (intended("e1", quantity="2"), accepted("e1"))
BOUGHT = (*SENT, filled("e1", "t1", quantity="2", price="100"), ended("e1"))
COVERED = (*BOUGHT, seen("e1-stop", quantity="2"))


def _wait(state: State, *, seconds: int) -> list[Advance]:
    """All that becomes due meanwhile; each sale is refused."""
    made = list[Advance]()
    until_us = NOON_US + seconds * SECOND_US
    while (at_us := due_us(state)) is not None and at_us <= until_us:
        made.append(advance(state, ev.TimePassed(at_us=max(at_us, NOON_US))))
        for event in made[-1].records:
            if isinstance(event, ev.OrderIntended):
                refusal = ev.OrderRefused(
                    at_us=event.at_us, order_id=event.order_id, reason="minimum"
                )
                made.append(advance(made[-1].state, refusal))
        state = made[-1].state
    return made


def test_d06_dust_is_written_off_and_frees_its_slot() -> None:
    """Once 288 sales were refused in 288 bars; now none is tried."""
    dust = (
        *SENT,
        filled("e1", "t1", quantity="0.00002", price="100"),
        ended("e1", status="canceled"),
        seen("e1-stop", quantity="0.00002"),
    )
    made = advance(open_state(*dust), seen("e1-stop", status="canceled", quantity="0.00002"))
    later = _wait(made.state, seconds=86_400)
    records = [*made.records, *(record for each in later for record in each.records)]

    assert "DustWrittenOff" in {type(record).__name__ for record in records}
    assert not [record for record in records if isinstance(record, ev.OrderIntended)]
    assert made.state.book.positions == {}
    assert made.state.account.dust == {"BTC": Decimal("0.00002")}


def test_d06_a_stop_over_a_quarter_is_not_taken_for_cover() -> None:
    """The rest gets a stop of its own."""
    state = open_state(*BOUGHT, seen("e1-stop", quantity="0.5"))
    made = advance(state, ev.TimePassed(at_us=NOON_US + 5 * SECOND_US))
    (stop,) = [event for event in made.records if isinstance(event, ev.OrderIntended)]

    assert (stop.role, stop.quantity) == ("stop", Decimal("1.5"))


def test_d06_a_stop_cancelled_by_hand_is_placed_again_at_once() -> None:
    """Nothing waits for a bar."""
    made = advance(open_state(*COVERED), seen("e1-stop", status="canceled", quantity="2"))
    (stop,) = [event for event in made.records if isinstance(event, ev.OrderIntended)]

    assert (stop.role, stop.quantity) == ("stop", 2)


def test_d06_a_fee_in_coins_is_no_money() -> None:
    """Less is held, and the cash pays the price alone."""
    state = open_state(*SENT)
    fill = replace(filled("e1", "t1", quantity="2", price="100", fee="0.0052"), fee_asset="BTC")
    after = advance(state, fill).state

    assert state.book.purse.cash - after.book.purse.cash == 200
    assert after.book.positions[POSITION].quantity == Decimal("1.9948")


def test_d06_more_sold_than_held_is_told_and_stops_that_coin() -> None:
    """Once 'sold 1.5 of 1' closed as usual."""
    made = advance(
        open_state(*COVERED), filled("e1-stop", "t2", side="sell", quantity="2.5", price="90")
    )

    assert "AssetOversold" in {type(record).__name__ for record in made.records}
    assert made.state.account.unexplained == {"BTC": Decimal("-0.5")}
