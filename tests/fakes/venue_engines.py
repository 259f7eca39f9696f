"""Small engines over one seeded world, and courses of orders to play on them."""

from decimal import Decimal

import numpy as np
from hypothesis import strategies as st

from nija_domain.trading.matching import FillModel
from nija_domain.worlds.regime_switching import WorldSettings, generate_world
from simulator.engine import Engine
from simulator.listings import listing_of
from simulator.orders import Ticket
from simulator.tape import Tape

BTC, ETH = SYMBOLS = ("BTC/USD", "ETH/USD")
BARS = 40
WORLD = WorldSettings(bars=BARS)
CANDLES = generate_world(SYMBOLS, settings=WORLD, rng=np.random.default_rng(3)).candles
START_US, BAR_US = WORLD.start_us, WORLD.timeframe_us
END_US = START_US + BARS * BAR_US
THIN = FillModel(participation_rate=Decimal("0.001"))
CASH = Decimal(1_000_000)


def engine(
    *, cash: Decimal = CASH, model: FillModel = THIN, is_close_per_fill: bool = False
) -> Engine:
    return Engine(
        {symbol: Tape(candles, timeframe_us=BAR_US) for symbol, candles in CANDLES.items()},
        listings={s: listing_of(s, taker_fee_rate=Decimal("0.0026")) for s in SYMBOLS},
        model=model,
        cash=cash,
        now_us=START_US,
        is_close_per_fill=is_close_per_fill,
    )


def buy(quantity: str, **more: object) -> Ticket:
    return Ticket(symbol=BTC, side="buy", kind="market", quantity=Decimal(quantity), **more)


def sell(quantity: str, **more: object) -> Ticket:
    return Ticket(
        **{"symbol": BTC, "side": "sell", "kind": "market", "quantity": Decimal(quantity), **more}
    )


def price_near(fraction: float) -> Decimal:
    """A tick as far along the range of BTC's prices as the fraction says."""
    candles = CANDLES[BTC]
    low, high = float(candles.low.min()), float(candles.high.max())
    return Decimal(f"{low + (high - low) * fraction:.1f}")


@st.composite
def courses(draw: st.DrawFn) -> list[tuple[int, Ticket]]:
    """Tickets at moments, in order; the first buys what later ones may sell."""
    course = [(START_US, buy("0.5"))]
    moments = draw(st.lists(st.integers(START_US, END_US - 1), min_size=1, max_size=5))
    for at_us in sorted(moments):
        kind = draw(st.sampled_from(["market", "limit", "stop-loss"]))
        side = draw(st.sampled_from(["buy", "sell"]))
        price = None if kind == "market" else price_near(draw(st.floats(0.0, 1.0)))
        close = price_near(draw(st.floats(0.0, 1.0))) if side == "buy" else None
        quantity = Decimal(draw(st.integers(1, 300))) / 1_000
        ticket = Ticket(
            symbol=BTC, side=side, kind=kind, quantity=quantity, price=price, close_price=close
        )
        course.append((at_us, ticket))
    return course
