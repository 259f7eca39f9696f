"""The decision core with a broker of the domain in place of a venue: back-test and candidates.

Orders wait one bar: what is decided at a close trades from the next open on. What the core commands
ends at the broker; all that leaves here are records.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from nija_domain.capital.limits import HardLimits
from nija_domain.events import records as ev
from nija_domain.market.candles import Bar
from nija_domain.market.instruments import Instrument
from nija_domain.trading import broker as desk_broker
from nija_domain.trading.broker import Broker, Brokered
from nija_domain.trading.commands import Action, LookUp, SendOrder
from nija_domain.trading.core import advance
from nija_domain.trading.due import due_us
from nija_domain.trading.matching import FillModel
from nija_domain.trading.state import State

Closing = ev.BarClosed | ev.DecisionDue


class PaperDesk(msgspec.Struct, frozen=True):
    """The core's state beside its broker."""

    state: State
    broker: Broker = Broker()


class Dealt(msgspec.Struct, frozen=True):
    """The desk afterwards, and what was recorded on the way."""

    desk: PaperDesk
    records: tuple[ev.JournalEvent, ...] = ()


def opening(
    release: ev.ReleaseActivated,
    *,
    limits: HardLimits,
    instruments: Mapping[str, Instrument],
    cash: Decimal,
) -> Iterator[ev.JournalEvent]:
    """What a desk observes first."""
    at_us = release.at_us
    yield ev.LimitsRead(at_us=at_us, content=msgspec.json.encode(limits).decode())
    for instrument in instruments.values():
        yield ev.InstrumentListed(at_us=at_us, **msgspec.structs.asdict(instrument))
    yield ev.FundsMoved(at_us=at_us, amount=cash, reason="starting cash")
    yield release


def trade_bar(
    desk: PaperDesk,
    candles: Sequence[ev.CandleClosed],
    closing: Sequence[Closing] = (),
    *,
    model: FillModel,
) -> Dealt:
    """First what the bar does to resting orders, then what is decided at its close."""
    told = (*candles, *closing)
    if not told:
        return Dealt(desk)
    records: list[ev.JournalEvent] = []
    for candle in candles:
        traded = desk_broker.trade_bar(
            desk.broker,
            candle.symbol,
            Bar(candle.open, candle.high, candle.low, candle.close, candle.volume),
            at_us=candle.at_us,
            instrument=desk.state.instruments[candle.symbol],
            model=model,
        )
        dealt = observe(PaperDesk(desk.state, traded.broker), traded.events)
        desk = dealt.desk
        records += dealt.records
    dealt = observe(desk, told)
    desk = dealt.desk
    records += dealt.records
    close_us, due = told[-1].at_us, due_us(desk.state)
    if due is not None and due <= close_us:
        dealt = observe(desk, [ev.TimePassed(at_us=close_us)])
        desk = dealt.desk
        records += dealt.records
    return Dealt(desk, tuple(records))


def observe(desk: PaperDesk, events: Iterable[ev.JournalEvent]) -> Dealt:
    """What happened is folded to its end before anything is done about it, as the executor does.

    A bar is over when it is told: to cancel a stop that filled later in it would sell twice.
    """
    state, broker = desk.state, desk.broker
    waiting, records = [*events], list[ev.JournalEvent]()
    while waiting:
        actions: list[tuple[Action, int]] = []
        for event in waiting:
            advanced = advance(state, event)
            state = advanced.state
            records += advanced.records
            actions += [(action, event.at_us) for action in advanced.actions]
        waiting = []
        for action, at_us in actions:
            acted = _act(PaperDesk(state, broker), action, at_us)
            broker = acted.broker
            waiting += acted.events
    return Dealt(PaperDesk(state, broker), tuple(records))


def _act(desk: PaperDesk, action: Action, at_us: int) -> Brokered:
    if isinstance(action, LookUp):
        return Brokered(desk.broker, ())
    if isinstance(action, SendOrder):
        order = desk.state.book.orders.live[action.order.client_id]
        return desk_broker.place(
            desk.broker,
            action.order,
            release_id=order.release_id,
            position_id=str(order.position_id),
            at_us=at_us,
        )
    return desk_broker.cancel(desk.broker, action.order_id, at_us=at_us)
