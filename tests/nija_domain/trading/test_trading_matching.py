from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.errors import NumberInvalid, SettingsInvalid
from nija_domain.market.candles import Bar
from nija_domain.market.instruments import Instrument
from nija_domain.trading import matching
from nija_domain.trading.matching import (
    Fill,
    FillModel,
    PriceSpan,
    RestingOrder,
    is_reached,
    match_bar,
    match_span,
    remaining_after,
    span_between,
)

TICK = Decimal("0.1")
LOT = Decimal("0.001")
BTC = Instrument(
    symbol="BTC/USD",
    base="BTC",
    quote="USD",
    tick_size=TICK,
    lot_size=LOT,
    min_quantity=LOT,
    min_notional=Decimal(1),
    taker_fee_rate=Decimal("0.0026"),
)
MODEL = FillModel(spread_bps=Decimal(4), slippage_bps=Decimal(3), participation_rate=Decimal("0.1"))

ticks = st.integers(1_000, 2_000).map(lambda count: count * TICK)
lots = st.integers(1, 5_000).map(lambda count: count * LOT)


@st.composite
def orders(draw: st.DrawFn) -> RestingOrder:
    kind = draw(st.sampled_from(["market", "limit", "stop-loss"]))
    return RestingOrder(
        order_id="o-1",
        symbol="BTC/USD",
        side=draw(st.sampled_from(["buy", "sell"])),
        kind=kind,
        quantity=draw(lots),
        price=None if kind == "market" else draw(ticks),
    )


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    low, first, last, high = sorted(draw(st.floats(100.0, 200.0)) for _ in range(4))
    if draw(st.booleans()):
        first, last = last, first
    return Bar(first, high, low, last, draw(st.floats(0.0, 100.0)))


def order(kind: str, *, side: str = "sell", price: str | None = None) -> RestingOrder:
    return RestingOrder(
        order_id="o-1",
        symbol="BTC/USD",
        side=side,
        kind=kind,
        quantity=Decimal(2),
        price=None if price is None else Decimal(price),
    )


def broken_rules(order: RestingOrder, bar: Bar, fill: Fill, *, model: FillModel) -> list[str]:
    """Every promise of the fill model that this fill breaks."""
    buys = order.side == "buy"
    volume = Decimal(repr(bar.volume))
    widest = 1 + model.taking_cost
    rules = {
        "no more than ordered": 0 < fill.quantity <= order.quantity,
        "no more than the volume gives": fill.quantity <= volume * model.participation_rate,
        "whole lots": fill.quantity % LOT == 0,
        "whole ticks": fill.price % TICK == 0,
        "a fee that covers the rate": 0
        <= fill.fee - fill.quantity * fill.price * BTC.taker_fee_rate
        < Decimal("1e-8"),
        "inside the widened bar": (
            Decimal(repr(bar.low)) * (2 - widest) - 2 * TICK
            <= fill.price
            <= Decimal(repr(bar.high)) * widest + 2 * TICK
        ),
    }
    if order.kind == "limit":
        rules["no worse than the limit"] = (fill.price <= order.price) == buys or (
            fill.price == order.price
        )
    if order.kind == "stop-loss":
        rules["no better than the trigger"] = (fill.price >= order.price) == buys or (
            fill.price == order.price
        )
    if order.kind == "market":
        opening = Decimal(repr(bar.open))
        rules["no better than the open"] = (
            fill.price >= opening - TICK / 2 if buys else fill.price <= opening + TICK / 2
        )
    return [name for name, holds in rules.items() if not holds]


@settings(deadline=None)
@given(order=orders(), bar=bars())
def test_every_fill_keeps_every_promise(order: RestingOrder, bar: Bar) -> None:
    """Quantities, prices and fees of all kinds of orders on all kinds of bars."""
    fill = match_bar(order, bar, instrument=BTC, model=MODEL)

    assert fill is None or broken_rules(order, bar, fill, model=MODEL) == []


@settings(deadline=None)
@given(order=orders(), bar=bars())
def test_an_order_fills_exactly_when_the_bar_holds_its_price_and_a_lot(
    order: RestingOrder, bar: Bar
) -> None:
    """Checked against the comparison of floats that a reader would write."""
    fill = match_bar(order, bar, instrument=BTC, model=MODEL)
    price = None if order.price is None else float(order.price)
    reached = {
        ("limit", "buy"): price is not None and bar.low <= price,
        ("limit", "sell"): price is not None and bar.high >= price,
        ("stop-loss", "buy"): price is not None and bar.high >= price,
        ("stop-loss", "sell"): price is not None and bar.low <= price,
    }.get((order.kind, order.side), True)
    gives_a_lot = Decimal(repr(bar.volume)) // LOT * LOT * MODEL.participation_rate >= LOT

    assert (fill is not None) == (reached and gives_a_lot)


def test_costs_in_our_favour_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The promises notice a model that pays us the spread."""
    honest = matching._price_after_cost
    monkeypatch.setattr(
        matching,
        "_price_after_cost",
        lambda reference, *, buys, tick_size, cost: honest(
            reference, buys=not buys, tick_size=tick_size, cost=cost
        ),
    )
    bar = Bar(150.0, 160.0, 140.0, 155.0, 100.0)
    stop, market = order("stop-loss", price="145"), order("market", side="buy")
    broken = [
        broken_rules(o, bar, match_bar(o, bar, instrument=BTC, model=MODEL), model=MODEL)
        for o in (stop, market)
    ]

    assert broken == [["no better than the trigger"], ["no better than the open"]]


def test_a_stop_that_the_market_jumps_over_fills_at_the_open_with_costs() -> None:
    """A gap through the trigger costs the whole gap: 100 less 5 basis points, to the tick below."""
    bar = Bar(100.0, 101.0, 99.0, 100.0, 1_000.0)
    fill = match_bar(order("stop-loss", price="145"), bar, instrument=BTC, model=MODEL)

    assert fill == Fill(quantity=Decimal(2), price=Decimal("99.9"), fee=Decimal("0.51948"))


def test_a_limit_that_the_market_comes_to_fills_at_its_limit_without_costs() -> None:
    """It gave the liquidity."""
    bar = Bar(100.0, 101.0, 99.0, 100.0, 1_000.0)
    fill = match_bar(order("limit", side="buy", price="99.5"), bar, instrument=BTC, model=MODEL)

    assert fill is not None
    assert fill.price == Decimal("99.5")


def test_an_order_takes_its_share_of_the_volume_and_rests_for_the_remainder() -> None:
    """A stop that has begun to fill goes on at the market, though the price came back."""
    stop = order("stop-loss", price="145")
    thin = Bar(150.0, 160.0, 140.0, 155.0, 5.0)
    first = match_bar(stop, thin, instrument=BTC, model=MODEL)
    rest = remaining_after(stop, first)
    above = Bar(170.0, 175.0, 165.0, 170.0, 1_000.0)
    second = match_bar(rest, above, instrument=BTC, model=MODEL)

    assert first.quantity == Decimal("0.5")
    assert second.quantity == Decimal("1.5")
    assert remaining_after(rest, second) is None


@settings(deadline=None)
@given(order=orders(), bar=bars())
def test_filling_bar_after_bar_ends_with_exactly_what_was_ordered(
    order: RestingOrder, bar: Bar
) -> None:
    """Partial fills add up, neither more nor less."""
    rest: RestingOrder | None = order
    total = Decimal(0)
    for _ in range(60):
        fill = rest and match_bar(rest, bar, instrument=BTC, model=MODEL)
        if not fill:
            break
        total += fill.quantity
        rest = remaining_after(rest, fill)

    assert total + (rest.quantity if rest else 0) == order.quantity


@settings(deadline=None)
@given(order=orders(), bar=bars())
def test_a_straight_walk_through_a_bar_fills_like_the_bar(order: RestingOrder, bar: Bar) -> None:
    """Back-test and simulated venue share the arithmetic: a bar that only rises is one walk."""
    first, last = (Decimal(round(price * 10)) * TICK for price in (bar.low, bar.high))
    rising = Bar(float(first), float(last), float(first), float(last), bar.volume)
    available = matching.quantity_available(bar.volume, instrument=BTC, model=MODEL)
    walked = match_span(
        order, span_between(first, last, available=available), instrument=BTC, model=MODEL
    )

    assert walked == match_bar(order, rising, instrument=BTC, model=MODEL)


def test_without_volume_nothing_trades() -> None:
    """Even a market order finds nobody."""
    fill = match_bar(
        order("market"), Bar(100.0, 101.0, 99.0, 100.0, 0.0), instrument=BTC, model=MODEL
    )

    assert fill is None


def test_a_price_off_the_tick_a_quantity_off_the_lot_and_a_foreign_instrument_are_refused() -> None:
    """What would fill at a price that no venue prints does not rest at all."""
    span = PriceSpan(opening=Decimal(100), low=Decimal(100), high=Decimal(100), available=LOT)
    crooked = {
        "no multiple of the tick": order("limit", price="99.55"),
        "no multiple of the lot": RestingOrder(
            order_id="o-1",
            symbol="BTC/USD",
            side="buy",
            kind="market",
            quantity=Decimal("0.0005"),
            price=None,
        ),
        "was matched with": RestingOrder(
            order_id="o-1",
            symbol="ETH/USD",
            side="buy",
            kind="market",
            quantity=LOT,
            price=None,
        ),
    }
    for words, wrong in crooked.items():
        with pytest.raises(NumberInvalid, match=words):
            match_span(wrong, span, instrument=BTC, model=MODEL)


def test_an_order_without_the_price_that_its_kind_needs_is_refused() -> None:
    """A limit needs one, a market order has none, and every order wants something."""
    with pytest.raises(NumberInvalid, match="needs one"):
        order("limit")
    with pytest.raises(NumberInvalid, match="needs one"):
        order("market", price="100")
    with pytest.raises(NumberInvalid, match="above zero"):
        RestingOrder(
            order_id="o", symbol="A/B", side="buy", kind="market", quantity=Decimal(0), price=None
        )


@pytest.mark.parametrize(
    ("name", "value"),
    [("spread_bps", "-1"), ("slippage_bps", "1000"), ("participation_rate", "0")],
)
def test_a_fill_model_out_of_range_is_refused_by_name(name: str, value: str) -> None:
    """Costs below zero or a share above one would make money from nothing."""
    with pytest.raises(SettingsInvalid, match=name):
        FillModel(**{name: Decimal(value)})


def test_an_order_is_reached_by_touching_its_price() -> None:
    """One tick short is not enough."""
    limit = order("limit", side="buy", price="100")
    touching = span_between(Decimal("100.1"), Decimal(100), available=LOT)
    short = span_between(Decimal("100.2"), Decimal("100.1"), available=LOT)

    assert is_reached(limit, touching)
    assert not is_reached(limit, short)
