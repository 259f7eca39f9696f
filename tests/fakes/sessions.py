"""Records of a session in few words, and the state after some of them."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.events import records as ev
from nija_domain.events.records import Side
from nija_domain.market.candles import CandleHistory
from nija_domain.releases.content import encode_content
from nija_domain.trading.core import advance
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State
from tests.fakes.stages import WARM_UP_BARS, content_after, draw_candles, instrument_of

SYMBOL = "BTC/USD"
POSITION = f"trend/{SYMBOL}/core/1"


@cache
def known_candles() -> CandleHistory:
    return draw_candles(bars=WARM_UP_BARS, seed=5, symbols=(SYMBOL,))[SYMBOL]


NOON_US = int(known_candles().ts_us[-1])
"""The newest closed bar of the state; its own moment as well, where no clock matters."""


@cache
def opening() -> tuple[ev.JournalEvent, ...]:
    """Limits, one instrument, cash and a release."""
    limits = msgspec.json.encode(HardLimits()).decode()
    content = encode_content(content_after({SYMBOL: known_candles()}))
    return (
        ev.LimitsRead(at_us=NOON_US, content=limits),
        ev.InstrumentListed(at_us=NOON_US, **msgspec.structs.asdict(instrument_of(SYMBOL))),
        ev.FundsMoved(at_us=NOON_US, amount=Decimal(10_000), reason="starting cash"),
        ev.ReleaseActivated(at_us=NOON_US, release_id="r", fingerprint="f", content=content),
    )


@cache
def _opened() -> State:
    return fold_all(State(), *opening())


def fold_all(state: State, *events: ev.JournalEvent) -> State:
    for event in events:
        state = fold(state, event)
    return state


def with_book(state: State, **changes: Any) -> State:
    return replace(state, book=replace(state.book, **changes))


def with_market(state: State, **changes: Any) -> State:
    return replace(state, market=replace(state.market, **changes))


def states_and_folds(recorded: Iterable[ev.JournalEvent]) -> Iterator[tuple[State, State]]:
    """After each observed event the session's state, and the fold of all records so far."""
    state = folded = State()
    for event in recorded:
        if not isinstance(event, ev.DERIVED):
            advanced = advance(state, event)
            state, folded = advanced.state, fold_all(folded, *advanced.records)
            yield state, folded


def open_state(*events: ev.JournalEvent) -> State:
    """A session that has limits, one instrument, cash and a release, and then these events."""
    return fold_all(_opened(), *events)


def intended(
    order_id: str,
    *,
    symbol: str = SYMBOL,
    quantity: str = "1",
    at_us: int = NOON_US,
    position_id: str = "",
) -> ev.OrderIntended:
    return ev.OrderIntended(
        at_us=at_us,
        order_id=order_id,
        position_id=position_id or f"trend/{symbol}/core/1",
        symbol=symbol,
        side="buy",
        role="entry",
        quantity=Decimal(quantity),
        stop_price=Decimal(90),
        decision_price=100.0,
        regime="Bull",
        config_id="trend:BTC/USD:aggressive",
        release_id="r",
        reason="test",
        waterfall=(),
    )


def accepted(order_id: str, *, at_us: int = NOON_US) -> ev.OrderAccepted:
    return ev.OrderAccepted(at_us=at_us, order_id=order_id, venue_id=f"v-{order_id}")


def closed(order_id: str, *, status: str = "filled", at_us: int = NOON_US) -> ev.OrderClosed:
    return ev.OrderClosed(at_us=at_us, order_id=order_id, status=status)


def seen(
    order_id: str,
    *,
    status: ev.ReportedStatus = "open",
    quantity: str,
    filled: str = "0",
    at_us: int = NOON_US,
) -> ev.OrderSeen:
    return ev.OrderSeen(
        at_us=at_us,
        order_id=order_id,
        venue_id=f"v-{order_id}",
        status=status,
        quantity=Decimal(quantity),
        filled_quantity=Decimal(filled),
        trigger_price=None,
    )


def ended(order_id: str, *, status: ev.OrderEnd = "filled", at_us: int = NOON_US) -> ev.OrderEnded:
    return ev.OrderEnded(at_us=at_us, order_id=order_id, position_id=POSITION, status=status)


def filled(
    order_id: str,
    trade_id: str,
    *,
    quantity: str,
    price: str,
    side: Side = "buy",
    fee: str = "0",
) -> ev.OrderFilled:
    return ev.OrderFilled(
        at_us=NOON_US,
        order_id=order_id,
        trade_id=trade_id,
        symbol=SYMBOL,
        side=side,
        quantity=Decimal(quantity),
        price=Decimal(price),
        fee=Decimal(fee),
        fee_asset="USD",
        release_id="r",
        position_id=POSITION,
    )
