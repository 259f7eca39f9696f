"""What the venue has is explained asset by asset: ours, dust, foreign, or told as unexplained."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.events.session_records import NEWEST_RULES
from nija_domain.market.timeframes import HOUR_US, SECOND_US
from nija_domain.trading.account_changes import SOLD_BY_HAND, known_total
from nija_domain.trading.core import advance
from nija_domain.trading.state import State
from nija_domain.trading.waits import BALANCE_LAG_US, BALANCES_APART_US
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

STARTED = ev.SessionStarted(
    at_us=NOON_US, mode="paper", venue="v", version="0", commit="c", rules=NEWEST_RULES
)
HELD = (
    STARTED,
    intended("e1", quantity="2"),
    accepted("e1"),
    filled("e1", "t1", quantity="2", price="100"),
    ended("e1"),
    seen("e1-stop", quantity="2"),
)
LATER_US = NOON_US + BALANCE_LAG_US


def look(
    state: State, *, at_us: int = LATER_US, unread: tuple[str, ...] = (), **totals: str
) -> tuple[State, tuple[ev.JournalEvent, ...]]:
    """One look at the balances; returns the state and what was derived."""
    balances = {asset: Decimal(total) for asset, total in totals.items()}
    told = ev.BalancesSeen(at_us=at_us, totals=balances, moves=state.account.moves, unread=unread)
    made = advance(state, told)
    return made.state, made.records[1:]


def look_twice(
    state: State, *, at_us: int = LATER_US, **totals: str
) -> tuple[State, list[ev.JournalEvent]]:
    state, first = look(state, at_us=at_us, **totals)
    state, second = look(state, at_us=at_us + BALANCES_APART_US, **totals)
    return state, [*first, *second]


def compared(*events: ev.JournalEvent, usd: str, **coins: str) -> State:
    """A state whose balances have agreed once."""
    state, made = look(open_state(*events), USD=usd, **coins)

    assert made == ()
    return state


def kinds(events: list[ev.JournalEvent] | tuple[ev.JournalEvent, ...]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_what_was_there_before_is_foreign_and_never_ours() -> None:
    """Told once; it is no position and no cash, and a later look agrees."""
    state, made = look_twice(open_state(STARTED), USD="10000", ETH="3")
    _, after = look(state, at_us=LATER_US + HOUR_US, USD="10000", ETH="3")
    (moved,) = made

    assert isinstance(moved, ev.CoinsMoved)
    assert (moved.foreign, moved.reason) == (3, "it was there before Nija")
    assert (state.account.foreign, state.book.positions, after) == ({"ETH": 3}, {}, ())


def test_one_look_alone_changes_nothing() -> None:
    """A second one must find the same, five seconds later."""
    state = compared(*HELD, usd="9800", BTC="2")
    state, first = look(state, USD="9900", BTC="2")
    state, too_soon = look(state, at_us=LATER_US + SECOND_US, USD="9900", BTC="2")
    state, other = look(state, at_us=LATER_US + BALANCES_APART_US, USD="9950", BTC="2")

    assert (first, too_soon, other) == ((), (), ())
    assert state.book.purse.cash == 9_800


def test_a_look_that_an_order_overtook_says_nothing() -> None:
    """It was asked for before the newest record of our orders."""
    state = compared(*HELD, usd="9800", BTC="2")
    stale = ev.BalancesSeen(
        at_us=LATER_US, totals={"USD": Decimal(1)}, moves=state.account.moves - 1
    )
    state = advance(state, stale).state
    made = advance(state, replace(stale, at_us=LATER_US + BALANCES_APART_US))

    assert (state.account.suspects, made.records[1:]) == ({}, ())


@pytest.mark.parametrize("at_us", [NOON_US, LATER_US - 1])
def test_balances_that_may_lag_a_fill_are_not_compared(at_us: int) -> None:
    """For a minute after a fill the venue may show what was before."""
    state, made = look(open_state(*HELD), at_us=at_us, USD="10000")

    assert (state.account.suspects, made) == ({}, ())


def test_nothing_is_compared_while_an_order_is_in_motion() -> None:
    """Its fills may be on their way."""
    state = open_state(STARTED, intended("e1"), accepted("e1"))
    state, made = look_twice(state, USD="9000", BTC="1")

    assert (state.account.suspects, made) == ({}, [])


@pytest.mark.parametrize(("usd", "reason"), [("11000", "a deposit"), ("9000", "a withdrawal")])
def test_a_deposit_moves_the_marks_with_it(usd: str, reason: str) -> None:
    """It is no gain and no loss: no halt follows, and the peak moves in proportion."""
    marked = ev.EquityMarked(at_us=NOON_US, equity=Decimal(10_000), cash=Decimal(10_000))
    state = compared(STARTED, marked, usd="10000")
    state, (found,) = look_twice(state, USD=usd)
    purse = state.book.purse

    assert isinstance(found, ev.FundsFound)
    assert (found.reason, purse.cash, purse.deposits) == (reason, Decimal(usd), Decimal(usd))
    assert purse.peak_equity == purse.day_start_equity == purse.equity == Decimal(usd)


def test_coins_bought_by_hand_are_foreign_and_their_price_is_no_loss() -> None:
    """The cash that they cost has left ours."""
    state = compared(STARTED, usd="10000")
    state, (moved, found) = look_twice(state, USD="9500", ETH="2")

    assert isinstance(moved, ev.CoinsMoved)
    assert isinstance(found, ev.FundsFound)
    assert (moved.foreign, found.amount) == (2, -500)
    assert found.reason == "a withdrawal, or a purchase by hand"


def test_rewards_are_foreign_coins() -> None:
    """More than was bought is not sold with the position."""
    state = compared(*HELD, usd="9800", BTC="2")
    state, (moved,) = look_twice(state, USD="9800", BTC="2.01")

    assert isinstance(moved, ev.CoinsMoved)
    assert moved.reason.startswith("it came without an order of Nija")
    assert state.book.positions[POSITION].quantity == 2
    assert state.account.foreign == {"BTC": Decimal("0.01")}


def test_coins_sold_by_hand_end_the_round_trip_and_its_stop() -> None:
    """Booked at the last price; what the sale brought against it is no loss of the agent's."""
    state = compared(*HELD, usd="9800", BTC="2")
    price = state.market.symbols["BTC/USD"].mark_price
    state, made = look_twice(state, USD="10000", BTC="0")
    trade = next(event for event in made if isinstance(event, ev.TradeClosed))

    assert kinds(made) == ["SoldByHand", "FundsFound", "TradeClosed", "CancelIntended"]
    assert trade.reason == SOLD_BY_HAND
    assert float(trade.exit_price) == pytest.approx(price, abs=0.1)
    assert (state.book.positions, state.book.purse.cash) == ({}, 10_000)


def test_a_part_sold_by_hand_keeps_the_rest_covered() -> None:
    """The stop that would sell too much goes; its end brings one of the right size."""
    state = compared(*HELD, usd="9800", BTC="2")
    state, made = look_twice(state, USD="9900", BTC="0.5")
    end = seen("e1-stop", status="canceled", quantity="2")
    after = advance(state, end)
    stop = next(event for event in after.records if isinstance(event, ev.OrderIntended))

    assert kinds(made) == ["SoldByHand", "FundsFound", "CancelIntended"]
    assert (stop.role, stop.quantity) == ("stop", Decimal("0.5"))


def test_foreign_coins_and_dust_go_before_those_of_a_position() -> None:
    """A stop reserves its coins at the venue: what a person sells is what was free."""
    state = compared(*HELD, usd="9800", BTC="2")
    state, _ = look_twice(state, USD="9800", BTC="3")
    state, (went,) = look_twice(state, at_us=LATER_US + HOUR_US, USD="9800", BTC="2.25")

    assert isinstance(went, ev.CoinsMoved)
    assert state.account.foreign == {"BTC": Decimal("0.25")}
    assert state.book.positions[POSITION].quantity == 2


def test_a_fee_in_a_third_coin_explains_its_decrease() -> None:
    """Nothing is told: the fee was known."""
    state, _ = look_twice(open_state(STARTED), USD="10000", KFEE="100")
    fee = replace(filled("e1", "t1", quantity="2", price="100", fee="5"), fee_asset="KFEE")
    for event in (intended("e1", quantity="2"), accepted("e1"), fee, ended("e1")):
        state = advance(state, event).state
    state = advance(state, seen("e1-stop", quantity="2")).state
    state, made = look_twice(state, at_us=LATER_US + HOUR_US, USD="9800", BTC="2", KFEE="95")

    assert made == []
    assert state.account.foreign == {"KFEE": 95}


def test_a_fee_in_a_coin_that_only_a_position_holds_makes_it_smaller() -> None:
    """Otherwise its sale would ask for more than is there."""
    other = replace(
        filled("e1", "t1", quantity="2", price="100", fee="0.5"), fee_asset="ETH", symbol="BTC/USD"
    )
    eth = replace(
        filled("e2", "t2", quantity="4", price="10"), symbol="ETH/USD", position_id="trend/ETH/USD"
    )
    bought = intended("e2", symbol="ETH/USD", quantity="4")
    state = open_state(
        STARTED, bought, accepted("e2"), eth, ended("e2"), seen("e2-stop", quantity="4")
    )
    for event in (intended("e1", quantity="2"), accepted("e1"), other, ended("e1")):
        state = advance(state, event).state
    state = advance(state, seen("e1-stop", quantity="2")).state
    state, made = look_twice(state, USD="9760", BTC="2", ETH="3.5")

    assert kinds(made)[:2] == ["CoinsMoved", "SoldByHand"]
    assert state.book.positions["trend/ETH/USD/core/1"].quantity == Decimal("3.5")
    assert state.account.foreign == {}


def test_less_than_nothing_stops_entries_until_a_look_agrees() -> None:
    """Told once, with what differs; cash stops every entry."""
    state = compared(STARTED, usd="10000")
    state, made = look_twice(state, USD="-5")
    state, again = look(state, at_us=LATER_US + HOUR_US, USD="-5")
    gap = dict(state.account.unexplained)
    state, cleared = look(state, at_us=LATER_US + 2 * HOUR_US, USD="10000")

    assert kinds(made) == ["BalanceUnexplained"]
    assert (again, gap) == ((), {"USD": -10_005})
    assert (kinds(cleared), state.account.unexplained) == (["BalanceExplained"], {})


def test_an_order_that_was_given_up_keeps_its_difference_unexplained() -> None:
    """It may have been filled after all: for an hour nothing is booked, and nothing entered."""
    lost = (
        STARTED,
        intended("e1", quantity="2"),
        ev.OrderUnknown(at_us=NOON_US, order_id="e1", reason="time-out"),
        ended("e1", status="lost"),
    )
    state, made = look_twice(open_state(*lost), USD="9800", BTC="2")
    held_back = dict(state.account.unexplained)
    for event in (seen("e1", status="filled", quantity="2", filled="2"), *HELD[3:4]):
        state = advance(state, event).state
    late, booked = look_twice(
        open_state(*lost), at_us=NOON_US + HOUR_US + SECOND_US, USD="9800", BTC="2"
    )

    assert kinds(made) == ["BalanceUnexplained"] * 2
    assert held_back == {"BTC": 2, "USD": -200}
    assert known_total(state, "USD") + 200 == 9_800
    assert kinds(booked) == ["CoinsMoved", "FundsFound"]
    assert late.account.unexplained == {}


def test_more_sold_than_held_is_explained_by_what_is_left() -> None:
    """The foreign coins that it took are counted again, and entries go on."""
    state = compared(*HELD, usd="9800", BTC="2")
    state, _ = look_twice(state, USD="9800", BTC="3")
    sold = filled("e1-stop", "t2", side="sell", quantity="2.5", price="95")
    state = advance(state, sold).state
    missing = dict(state.account.unexplained)
    end = seen("e1-stop", status="filled", quantity="2.5", filled="2.5")
    state = advance(state, end).state
    state, made = look_twice(state, at_us=LATER_US + HOUR_US, USD="10037.5", BTC="0.5")

    assert missing == {"BTC": Decimal("-0.5")}
    assert kinds(made) == ["CoinsMoved", "BalanceExplained"]
    assert state.account.foreign == {"BTC": Decimal("0.5")}


def test_an_amount_that_cannot_be_read_is_not_nothing() -> None:
    """Its asset is left out; without cash no coins of ours are booked as sold."""
    state = compared(*HELD, usd="9800", BTC="2")
    state, first = look(state, unread=("BTC",), USD="9800")
    state, cash = look(state, at_us=LATER_US + BALANCES_APART_US, unread=("USD",), BTC="0")
    state, again = look(state, at_us=LATER_US + 2 * BALANCES_APART_US, unread=("USD",), BTC="0")

    assert (first, cash, again) == ((), (), ())
    assert state.book.positions[POSITION].quantity == 2


@pytest.mark.parametrize(
    ("asset", "reason"),
    [("USD", "the account's cash differs by -7"), ("BTC", "the account holds -7 of it")],
)
def test_nothing_is_entered_while_it_is_unexplained(asset: str, reason: str) -> None:
    """Cash stops every symbol, a coin its own."""
    unexplained = ev.BalanceUnexplained(
        at_us=NOON_US, asset=asset, quantity=Decimal(-7), reason="why"
    )
    wish = ev.SignalAnswered(
        at_us=NOON_US,
        symbol="BTC/USD",
        action="enter",
        share=1.0,
        stop_fraction=0.02,
        config_id="trend:BTC/USD:a",
        reasoning="test",
        agent="trend",
        tag="core",
    )
    state = open_state(STARTED, unexplained, wish)
    made = advance(state, ev.DecisionDue(at_us=NOON_US, ts_us=NOON_US))
    (refused,) = [event for event in made.records if isinstance(event, ev.EntryRefused)]

    assert refused.reason.startswith(reason)
