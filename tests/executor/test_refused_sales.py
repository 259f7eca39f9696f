"""A sale that the venue has not the coins for: what is free is asked for, and nothing else."""

from decimal import Decimal

from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.market.timeframes import SECOND_US
from nija_domain.trading.reports import PlacedOrder
from tests.fakes.stands import HOLD, Stand, run

SYMBOL, ASSET = "BTC/USD", "BTC"


async def _held(stand: Stand) -> Decimal:
    """Two bars, a minute at rest, and what is then held behind the stop."""
    await stand.start()
    await stand.play(2)
    await stand.play(1, turns=70)
    return stand.venue.holdings[SYMBOL]


async def _take_stop(stand: Stand, *, keeping: Decimal) -> None:
    """A person takes our stop away, and a sale of theirs keeps coins from then on."""
    (stop,) = [slip for slip in stand.venue.resting(SYMBOL) if slip.order.side == "sell"]
    await stand.venue.cancel_order(f"V-{stop.order.order_id}")
    stand.venue.kept_by_hand = {ASSET: keeping}


def _stops(stand: Stand) -> list[PlacedOrder]:
    return [order for order in stand.venue.sent if order.trigger_price is not None]


def test_after_a_refusal_for_funds_the_balances_are_asked_and_what_is_free_is_covered() -> None:
    """A stop for all is refused; the next one, seconds later, is for the half that is free."""
    stand, held, turns = Stand(bars=14, strategy=HOLD), list[Decimal](), list[int]()

    async def course() -> None:
        held.append(await _held(stand))
        await _take_stop(stand, keeping=held[0] / 2)
        while not (stand.naked() == [] and len(_stops(stand)) > 1):
            await stand.turn()
            turns.append(1)
            assert len(turns) < 10

    run(course())
    refused = [event for event in stand.journal.events if isinstance(event, ev.OrderRefused)]
    looks = [event for event in stand.journal.events if isinstance(event, ev.BalancesSeen)]

    assert [(event.cause, event.order_id) for event in refused] == [
        ("funds", _stops(stand)[0].client_id)
    ]
    assert looks[-1].held[ASSET] == held[0] / 2
    assert [order.quantity for order in _stops(stand)] == [held[0], held[0] / 2]
    assert find_first_difference(stand.journal.events) is None


def test_what_becomes_free_again_is_covered_too() -> None:
    """The person's sale is taken back; two stops cover what one did."""
    stand, held = Stand(bars=14, strategy=HOLD), list[Decimal]()

    async def course() -> None:
        held.append(await _held(stand))
        await _take_stop(stand, keeping=held[0] / 2)
        for _ in range(20):
            await stand.turn()
        stand.venue.kept_by_hand = {}
        for _ in range(20):
            await stand.turn()

    run(course())
    resting = [slip.order.quantity for slip in stand.venue.resting(SYMBOL)]

    assert sorted(resting) == [held[0] / 2, held[0] / 2]
    assert stand.session.state.account.free == {}


def test_foreign_coins_are_never_asked_for() -> None:
    """What is free is no more than what is foreign: after the refusal nothing is asked for."""
    stand, held = Stand(bars=14, strategy=HOLD), list[Decimal]()
    stand.venue.strange = {ASSET: Decimal(3)}

    async def course() -> None:
        held.append(await _held(stand))
        await _take_stop(stand, keeping=held[0] + Decimal(3) - held[0] / 4)
        for _ in range(40):
            await stand.turn()

    run(course())

    assert [order.quantity for order in _stops(stand)] == held
    assert {order.side for order in stand.venue.sent if order.trigger_price is None} == {"buy"}
    assert stand.session.state.account.foreign == {ASSET: Decimal(3)}


def test_a_refusal_for_funds_does_not_ask_the_venue_without_end() -> None:
    """All coins are kept by somebody else: no order a second, and no exit is given up."""
    stand, sent = Stand(bars=14, strategy=HOLD), list[int]()

    async def course() -> None:
        held = await _held(stand)
        await _take_stop(stand, keeping=held)
        before = len(stand.venue.sent)
        for _ in range(60):
            await stand.turn(after_us=SECOND_US)
        sent.append(len(stand.venue.sent) - before)

    run(course())

    assert sent[0] <= 2
    assert SYMBOL in {position.symbol for position in stand.session.state.book.positions.values()}


def test_beside_foreign_coins_no_stop_takes_the_place_of_a_sale_that_was_filled() -> None:
    """The sale's answer is lost, look-ups hide it for half a minute, and the price falls."""
    stand = Stand(bars=30, strategy=HOLD)
    stand.venue.strange = {ASSET: Decimal(3)}

    async def course() -> None:
        await _held(stand)
        stand.venue.faults.lost_answers = 2
        stand.venue.faults.order_delay_us = 30 * SECOND_US
        stand.switch.ordered = "sell everything"
        for second in range(120):
            await stand.turn()
            if second in (2, 15):
                price = stand.session.state.market.symbols[SYMBOL].mark_price
                stand.venue.crash(SYMBOL, to=price / (1 + second // 15))

    run(course())

    assert [order for order in _stops(stand) if order.symbol == SYMBOL] == []
    assert SYMBOL not in stand.venue.holdings
    assert "AssetOversold" not in stand.kinds()
    assert stand.session.state.account.foreign == {ASSET: Decimal(3)}


def test_a_refusal_that_the_balances_do_not_explain_is_asked_for_again_at_growing_pauses() -> None:
    """The venue says that all is free, and refuses every sale for want of coins."""
    stand, sent = Stand(bars=14, strategy=HOLD), list[int]()

    async def course() -> None:
        await _held(stand)
        await _take_stop(stand, keeping=Decimal(0))
        stand.venue._oversells = lambda order: order.side == "sell"  # type: ignore[method-assign]
        before = len(stand.venue.sent)
        for _ in range(300):
            await stand.turn()
        sent.append(len(stand.venue.sent) - before)

    run(course())

    assert 10 < sent[0] < 70
