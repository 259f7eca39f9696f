"""The executor sees what people do on the account, and leaves alone what is not its own."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TypeVar

from msgspec.structs import replace

from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.market.instruments import Instrument
from nija_domain.market.timeframes import HOUR_US, MINUTE_US, SECOND_US
from nija_domain.trading.account_changes import SOLD_BY_HAND, known_total
from nija_domain.trading.reports import BalanceReport, OddRow, OrderReport
from nija_domain.trading.waits import BALANCES_APART_US
from tests.fakes.stages import instrument_of
from tests.fakes.stands import CHURN, HOLD, SYMBOLS, Stand, check_books, run

Told = TypeVar("Told")

FOREIGN = OrderReport(
    venue_id="OX",
    client_id=None,
    parent_venue_id=None,
    symbol="BTC/USD",
    side="sell",
    kind="trailing-stop",
    status="open",
    quantity=Decimal(1),
    filled_quantity=Decimal(0),
    trigger_price=None,
)


def _told(stand: Stand, kind: type[Told]) -> list[Told]:
    return [event for event in stand.journal.events if isinstance(event, kind)]


async def _rest(stand: Stand, *, minutes: int) -> None:
    """Turns twice a minute, while no bar closes."""
    for _ in range(2 * minutes):
        await stand.turn(after_us=MINUTE_US // 2)


def test_d08_coins_sold_by_hand_are_noticed_and_booked() -> None:
    """The round trip ends, no sale is tried for ever, and the books are the venue's again."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await stand.play(3)
        await _rest(stand, minutes=3)
        stand.venue.sell_by_hand("BTC/USD", stand.venue.holdings["BTC/USD"])
        await stand.play(1, turns=90)
        await stand.restart()

    run(course())
    state = stand.session.state
    trades = _told(stand, ev.TradeClosed)

    assert [e.symbol for e in trades if e.reason == SOLD_BY_HAND] == ["BTC/USD"]
    assert state.account.unexplained == {}
    assert {asset: known_total(state, asset) for asset in ("USD", "BTC", "SOL")} == {
        "USD": stand.venue.cash,
        "BTC": stand.venue.holdings.get("BTC/USD", 0),
        "SOL": stand.venue.holdings.get("SOL/USD", 0),
    }
    assert find_first_difference(stand.journal.events) is None


def test_d08_a_deposit_after_the_first_start_is_seen() -> None:
    """Cash and deposits grow; the peak moves with them, so that it is no gain."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await _rest(stand, minutes=3)
        stand.venue.deposit(Decimal(2_500))
        await _rest(stand, minutes=4)

    run(course())
    (found,) = _told(stand, ev.FundsFound)

    assert (found.amount, found.reason) == (2_500, "a deposit")
    assert stand.session.state.book.purse.deposits == 12_500


def test_foreign_coins_are_told_once_and_never_sold() -> None:
    """Also over a restart; the position beside them is sold alone."""
    stand = Stand(bars=14, strategy=HOLD)
    stand.venue.strange = {"ETH": Decimal(3), "BTC": Decimal("0.5")}

    async def course() -> None:
        await stand.start()
        await _rest(stand, minutes=3)
        await stand.play(3)
        stand.releases.release = stand.release("r-2", strategy=CHURN)
        await stand.play(3)
        await stand.restart()
        await _rest(stand, minutes=3)

    run(course())
    moved = _told(stand, ev.CoinsMoved)

    assert sorted((e.asset, e.foreign) for e in moved) == [
        ("BTC", Decimal("0.5")),
        ("ETH", Decimal(3)),
    ]
    check_books(stand)


def test_balances_that_lag_change_nothing() -> None:
    """They show what was there before the fills: no coins are taken for sold or for given."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await _rest(stand, minutes=3)
        stand.venue.faults.balances_stale = True
        await stand.play(2, turns=50)
        stand.venue.faults.balances_stale = False
        await _rest(stand, minutes=3)

    run(course())

    assert stand.session.state.book.positions
    assert not {"SoldByHand", "CoinsMoved", "FundsFound"} & set(stand.kinds())
    check_books(stand)


def test_a_look_is_recorded_only_where_it_says_something() -> None:
    """An hour at rest leaves the first look alone in the journal."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        await _rest(stand, minutes=4)

    run(course())

    assert stand.kinds().count("BalancesSeen") == 1


def test_d10_foreign_orders_and_odd_rows_are_told_once_and_left_alone() -> None:
    """They stop nothing else: the positions beside them are bought and covered."""
    stand = Stand(bars=14, strategy=HOLD)
    stand.venue.show_foreign(FOREIGN)
    stand.venue.show_foreign(OddRow(what="order", venue_id="OY", reason="KeyError: 'descr'"))

    async def course() -> None:
        await stand.start()
        await stand.play(3)
        await stand.restart()
        await stand.play(2)

    run(course())
    (foreign,) = _told(stand, ev.ForeignOrderSeen)
    (odd,) = _told(stand, ev.AnswerUnreadable)

    assert foreign.text == "trailing-stop to sell 1 of BTC/USD"
    assert (odd.what, odd.venue_id) == ("order", "OY")
    assert len(stand.session.state.book.positions) == 2
    check_books(stand)


def test_d16_a_released_symbol_outside_the_settings_is_read_and_traded() -> None:
    """The settings name one symbol, the release trades two."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start(symbols=SYMBOLS[:1])
        await stand.play(4)

    run(course())

    assert {each.symbol for each in stand.session.state.book.positions.values()} == {*SYMBOLS}


def test_d16_a_changed_precision_is_learnt_within_the_hour() -> None:
    """Recorded once, and used from then on."""
    stand = Stand(bars=40, strategy=HOLD)
    coarse = replace(instrument_of("BTC/USD"), lot_size=Decimal("1e-4"))

    async def course() -> None:
        await stand.start()
        stand.venue.instruments["BTC/USD"] = coarse
        await stand.turn()
        assert stand.session.state.instruments["BTC/USD"] != coarse
        await stand.turn(after_us=HOUR_US)
        await stand.turn(after_us=HOUR_US)

    run(course())
    told = [e for e in _told(stand, ev.InstrumentListed) if e.at_us > stand.journal.events[0].at_us]

    assert stand.session.state.instruments["BTC/USD"] == coarse
    assert len(told) == 1


def test_d16_an_order_refused_for_its_steps_has_the_pair_read_again() -> None:
    """The next order has the new steps; nothing waits for the hour."""
    stand = Stand(bars=14, strategy=HOLD)
    coarse = replace(instrument_of("BTC/USD"), lot_size=Decimal("1e-3"))

    async def course() -> None:
        await stand.start()
        stand.venue.instruments["BTC/USD"] = coarse
        await stand.play(4)

    run(course())
    bought = [order for order in stand.venue.sent if order.symbol == "BTC/USD"]

    assert bought[0].quantity % coarse.lot_size != 0
    assert bought[-1].quantity % coarse.lot_size == 0
    assert "BTC/USD" in stand.venue.holdings


def test_a_pair_that_is_listed_again_is_covered_again_within_seconds() -> None:
    """While it is not listed its stop is refused, and each refusal has the pairs read again."""
    stand, read_us = Stand(bars=14, strategy=HOLD), list[int]()

    async def course() -> None:
        await stand.start()
        await stand.play(2, turns=70)
        fetch = stand.venue.fetch_instruments

        async def fetch_instruments(symbols: Sequence[str]) -> tuple[Instrument, ...]:
            read_us.append(stand.clock.at_us)
            return await fetch(symbols)

        stand.venue.fetch_instruments = fetch_instruments  # type: ignore[method-assign]
        stand.venue.faults.delisted.add("BTC/USD")
        (stop,) = [slip for slip in stand.venue.resting("BTC/USD") if slip.order.side == "sell"]
        await stand.venue.cancel_order(f"V-{stop.order.order_id}")
        for _ in range(15):
            await stand.turn()
        assert stand.naked() == ["BTC/USD"]
        stand.venue.faults.delisted.clear()
        for _ in range(10):
            await stand.turn()

    run(course())

    assert len(read_us) > 1
    assert max(b - a for a, b in pairwise(read_us)) < 10 * SECOND_US
    assert stand.naked() == []


def test_a_stop_that_fills_while_the_balances_are_asked_for_is_told_before_them() -> None:
    """The look that it overtook says nothing, and the next one comes soon."""
    stand = Stand(bars=14, strategy=HOLD)
    asked = list[int]()

    async def course() -> None:
        await stand.start()
        await stand.play(3)
        await _rest(stand, minutes=3)
        fetch = stand.venue.fetch_balances

        async def fetch_balances() -> BalanceReport:
            asked.append(stand.clock.at_us)
            if len(asked) == 1:
                stand.venue.crash("BTC/USD", to=1.0)
            return await fetch()

        stand.venue.fetch_balances = fetch_balances  # type: ignore[method-assign]
        while len(asked) < 2:
            await stand.turn()

    run(course())

    assert "BTC/USD" not in stand.venue.holdings
    assert (stand.kinds()[-1], stand.kinds().count("BalancesSeen")) == ("TradeClosed", 1)
    assert asked[1] - asked[0] == BALANCES_APART_US
    check_books(stand)
