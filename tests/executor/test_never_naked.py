"""What the account holds has a stop at the venue, or is sold, within seconds, measured there."""

from collections.abc import Callable
from decimal import Decimal
from typing import NoReturn

import pytest

from nija_domain.errors import NijaError, OutcomeUnknown, VenueRefused, VenueUnreachable
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.market.timeframes import SECOND_US
from nija_domain.trading import broker as desk
from nija_domain.trading.reports import PlacedOrder
from tests.fakes.stages import TIMEFRAME_US
from tests.fakes.stands import HOLD, Stand, check_books, run

UNPROTECTED_S_MAX = 10


async def _watch(stand: Stand, *, seconds: int) -> int:
    """The longest time in seconds that a holding had no resting sale, a turn a second."""
    since_us, worst_us = dict[str, int](), 0
    for _ in range(seconds):
        await stand.turn()
        naked = stand.naked()
        since_us = {s: since_us.get(s, stand.clock.at_us) for s in naked}
        worst_us = max([worst_us, *(stand.clock.at_us - us for us in since_us.values())])
    return worst_us // SECOND_US


def _spoil_next_sale(stand: Stand, error: NijaError) -> None:
    place, spoilt = stand.venue.place_order, list[str]()

    async def place_order(order: PlacedOrder) -> str:
        if order.side == "sell" and order.trigger_price is None and not spoilt:
            spoilt.append(order.client_id)
            raise error
        return await place(order)

    stand.venue.place_order = place_order  # type: ignore[method-assign]


@pytest.mark.parametrize(
    "error",
    [
        VenueRefused("EOrder:Rate limit exceeded"),
        VenueUnreachable("no connection, nothing was sent"),
        OutcomeUnknown("time-out, never arrived"),
    ],
)
def test_a_sale_that_fails_leaves_nothing_without_a_stop(error: NijaError) -> None:
    """Refused, unsent or lost: the stop goes back, and the sale is tried again in seconds."""
    stand, worst = Stand(bars=14), list[int]()

    async def course() -> None:
        await stand.start()
        await stand.play(1)
        _spoil_next_sale(stand, error)
        worst.append(await _watch(stand, seconds=3 * TIMEFRAME_US // SECOND_US))

    run(course())

    assert worst[0] <= UNPROTECTED_S_MAX
    assert "TradeClosed" in stand.kinds()
    assert find_first_difference(stand.journal.events) is None


def _attach_nothing(
    broker: desk.Broker, entry: desk.Slip, stop_price: Decimal, quantity: Decimal, at_us: int
) -> desk.Brokered:
    del entry, stop_price, quantity, at_us
    return desk.Brokered(broker, ())


def test_a_venue_that_drops_the_attached_stop_gets_one_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After five seconds, without a candle and without a bar."""
    monkeypatch.setattr(desk, "_attach_stop", _attach_nothing)
    stand, worst = Stand(bars=14, strategy=HOLD), list[int]()

    async def course() -> None:
        await stand.start()
        stand.clock.at_us += TIMEFRAME_US - stand.clock.at_us % TIMEFRAME_US
        worst.append(await _watch(stand, seconds=700))

    run(course())

    assert worst[0] <= UNPROTECTED_S_MAX
    assert any(order.trigger_price is not None for order in stand.venue.sent)


def test_a_read_that_fails_keeps_no_deadline_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports of orders cannot be read for a minute: the missing stop is placed all the same."""
    monkeypatch.setattr(desk, "_attach_stop", _attach_nothing)
    stand, placed_us = Stand(bars=14, strategy=HOLD), list[int]()

    async def course() -> None:
        await stand.start()
        await stand.play(1, turns=4)
        await stand.play(1, turns=1)
        begun_us = stand.clock.at_us
        stand.venue.fetch_orders = _unreadable  # type: ignore[method-assign]
        for _ in range(UNPROTECTED_S_MAX):
            with pytest.raises(VenueUnreachable):
                await stand.turn()
            if not placed_us and stand.naked() == []:
                placed_us.append(stand.clock.at_us - begun_us)

    run(course())

    assert placed_us
    assert placed_us[0] <= UNPROTECTED_S_MAX * SECOND_US


async def _unreadable(*, since_us: int) -> NoReturn:
    raise VenueUnreachable(f"no orders since {since_us}; asking again")


def test_a_stop_cancelled_by_hand_is_back_in_seconds() -> None:
    """Somebody else on the account takes it away; the position keeps its level."""
    stand, worst = Stand(bars=14, strategy=HOLD), list[int]()

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        (stop,) = [slip for slip in stand.venue.resting("BTC/USD") if slip.order.side == "sell"]
        await stand.venue.cancel_order(f"V-{stop.order.order_id}")
        worst.append(await _watch(stand, seconds=30))

    run(course())
    placed = [order for order in stand.venue.sent if order.trigger_price is not None]

    assert worst[0] <= UNPROTECTED_S_MAX
    assert len(placed) == 1
    check_books(stand)


def test_at_rest_the_venue_is_hardly_asked() -> None:
    """Two positions behind their stops: at most twenty private requests a minute."""
    stand, asked = Stand(bars=14, strategy=HOLD), list[int]()

    async def course() -> None:
        await stand.start()
        await stand.play(2)
        await stand.play(1, turns=20)
        _count_private(stand, asked)
        for _ in range(60):
            await stand.turn()

    run(course())

    assert len(stand.session.state.book.positions) == 2
    assert 0 < len(asked) <= 20


def _count_private(stand: Stand, asked: list[int]) -> None:
    """The moments of all private requests from now on; a page of orders is two."""
    costs: dict[str, int] = {
        "fetch_open_orders": 1,
        "fetch_orders": 2,
        "fetch_fills": 1,
        "fetch_balances": 1,
    }
    for name, cost in costs.items():
        setattr(stand.venue, name, _counted(getattr(stand.venue, name), asked, cost, stand))


def _counted(
    ask: Callable[..., object], asked: list[int], cost: int, stand: Stand
) -> Callable[..., object]:
    def counted(**wanted: object) -> object:
        asked.extend([stand.clock.at_us] * cost)
        return ask(**wanted)

    return counted


def test_exits_that_began_are_told() -> None:
    """A position that no stop covers in time is sold, and the journal says why."""
    stand = Stand(bars=14, strategy=HOLD)

    async def course() -> None:
        await stand.start()
        stand.venue.faults.refusals = 0
        place = stand.venue.place_order

        async def place_order(order: PlacedOrder) -> str:
            if order.trigger_price is not None:
                raise VenueRefused("stops are not taken")
            return await place(order)

        stand.venue.place_order = place_order  # type: ignore[method-assign]
        await stand.play(2)
        (stop,) = [slip for slip in stand.venue.resting("BTC/USD") if slip.order.side == "sell"]
        await stand.venue.cancel_order(f"V-{stop.order.order_id}")
        await _watch(stand, seconds=320)

    run(course())
    begun = [event for event in stand.journal.events if isinstance(event, ev.ExitBegun)]

    assert [event.reason for event in begun] == ["no stop covered it in time"]
