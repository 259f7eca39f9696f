"""Answers about the account: positions, orders, trades, equity, allocations."""

from datetime import datetime

from gateway.api.envelope import Answer, Money, moment
from gateway.watch import Reading
from nija_domain.events.records import Role, Side
from nija_domain.statements.allotments import Allotment, Among
from nija_domain.statements.holdings import Holding, holdings_of
from nija_domain.statements.orders import known_orders
from nija_domain.statements.statement import EquityPoint, RoundTrip, Statement
from nija_domain.trading.orders import Order, OrderStatus
from nija_domain.trading.state import State


class PositionAnswer(Answer):
    """An open position. `id` is that of its entry; `nija why` accepts it and `stop_id`."""

    id: str
    stop_id: str
    agent: str
    symbol: str
    tag: str
    quantity: Money
    entry_price: Money
    mark_price: Money
    stop_price: Money
    value: Money
    unrealized_pnl: Money
    fees: Money
    opened: datetime
    regime: str
    entry_regime: str
    release: str


class OrderAnswer(Answer):
    """An order of ours, and the position that it is for: agent/symbol/tag/number."""

    id: str
    position: str
    symbol: str
    side: Side
    role: Role
    quantity: Money
    filled: Money
    status: OrderStatus
    intended: datetime
    venue_id: str | None
    release: str


class TradeAnswer(Answer):
    """A closed round trip; `id` is that of its entry."""

    id: str
    agent: str
    symbol: str
    opened: datetime
    closed: datetime
    quantity: Money
    entry_price: Money
    exit_price: Money
    gross_pnl: Money
    fees: Money
    net_pnl: Money
    regime: str
    config_id: str
    release: str


class EquityAnswer(Answer):
    """The account at the close of one bar; `drawdown` is the share lost since the peak."""

    at: datetime
    equity: Money
    cash: Money
    drawdown: float


class AllotmentAnswer(Answer):
    """Shares of the tradable capital that one directive gives out; `rest` is unused.

    `lapsed` is when the directive expired, if it has: it stays in force until a newer one comes.
    """

    among: Among
    directive: int
    issued: datetime
    expires: datetime
    lapsed: datetime | None
    reason: str
    shares: dict[str, float]
    rest: float


def position_answers(reading: Reading) -> list[PositionAnswer]:
    """The open positions."""
    return [_position_answer(holding) for holding in holdings_of(reading.statement.state)]


def _position_answer(holding: Holding) -> PositionAnswer:
    return PositionAnswer(
        id=holding.entry_id,
        stop_id=holding.stop_id,
        agent=holding.agent,
        symbol=holding.symbol,
        tag=holding.tag,
        quantity=holding.quantity,
        entry_price=holding.entry_price,
        mark_price=holding.mark_price,
        stop_price=holding.stop_price,
        value=holding.value,
        unrealized_pnl=holding.unrealized,
        fees=holding.fees,
        opened=moment(holding.opened_us),
        regime=holding.regime,
        entry_regime=holding.entry_regime,
        release=holding.release_id,
    )


def order_answers(state: State) -> list[OrderAnswer]:
    """The orders that are still known, newest first."""
    return [_order_answer(order) for order in known_orders(state)]


def _order_answer(order: Order) -> OrderAnswer:
    return OrderAnswer(
        id=order.order_id,
        position=str(order.position_id),
        symbol=order.symbol,
        side=order.side,
        role=order.role,
        quantity=order.quantity,
        filled=order.filled_quantity,
        status=order.status,
        intended=moment(order.intended_us),
        venue_id=order.venue_id,
        release=order.release_id,
    )


def trade_answers(statement: Statement) -> list[TradeAnswer]:
    """The closed trades that are still known, newest first."""
    return [_trade_answer(each) for each in reversed(statement.trades)]


def _trade_answer(trip: RoundTrip) -> TradeAnswer:
    trade = trip.closed
    return TradeAnswer(
        id=trip.entry_id,
        agent=trip.agent,
        symbol=trade.symbol,
        opened=moment(trade.opened_us),
        closed=moment(trade.at_us),
        quantity=trade.quantity,
        entry_price=trade.entry_price,
        exit_price=trade.exit_price,
        gross_pnl=trade.gross,
        fees=trade.fees,
        net_pnl=trip.net,
        regime=trade.regime,
        config_id=trade.config_id,
        release=trade.release_id,
    )


def equity_answer(point: EquityPoint) -> EquityAnswer:
    return EquityAnswer(
        at=moment(point.at_us), equity=point.equity, cash=point.cash, drawdown=point.drawdown
    )


def allotment_answer(allotment: Allotment) -> AllotmentAnswer:
    return AllotmentAnswer(
        among=allotment.among,
        directive=allotment.directive,
        issued=moment(allotment.issued_us),
        expires=moment(allotment.expires_us),
        lapsed=None if allotment.lapsed_us is None else moment(allotment.lapsed_us),
        reason=allotment.reason,
        shares={share.name: share.weight for share in allotment.shares},
        rest=allotment.rest,
    )
