"""How things stand, by journal and ledger: for `nija status`, as the page tells it."""

import msgspec

from nija.bootstrap import journal_age_s, read_journal, read_ledger_incidents
from nija.home import Home
from nija.tally import Tally, count
from nija_domain.events.records import TradeClosed
from nija_domain.statements.incidents import Incident, newest_incidents
from nija_domain.statements.standing import Silence, Standing, standing_of
from nija_domain.statements.trail import Trail, follow
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State

INCIDENTS_SHOWN = 5
TRADES_SHOWN = 5


class Held(msgspec.Struct, frozen=True):
    """An open position by its entry's id, with the stop that protects it."""

    id: str
    symbol: str
    quantity: str
    stop_price: str
    stop_id: str
    opened_us: int


class Traded(msgspec.Struct, frozen=True):
    id: str
    symbol: str
    closed_us: int
    net: str


class LiveOrder(msgspec.Struct, frozen=True):
    id: str
    symbol: str
    role: str
    status: str


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """All times are the venue's."""

    standing: Standing
    incidents: tuple[Incident, ...]
    tally: Tally
    venue_us: int
    speed: float | None
    is_simulated: bool
    positions: tuple[Held, ...]
    orders: tuple[LiveOrder, ...]
    trades: tuple[Traded, ...]


def read_account(home: Home, *, stale_after_s: float) -> Account:
    """One walk over the journal."""
    state, trail, tally, traded = State(), Trail(), Tally(), list[Traded]()
    for _, event in read_journal(home.journal):
        before, state = state, fold(state, event)
        trail, tally = follow(trail, event), count(tally, [event])
        if isinstance(event, TradeClosed):
            traded.append(_traded(event, before.positions[event.symbol].entry_id))
    recorded = read_ledger_incidents(home.folder)
    age_s = journal_age_s(home.journal)
    silence = Silence(age_s, age_s is not None and age_s > stale_after_s)
    return Account(
        standing=standing_of(state, trail, silence, recorded=recorded),
        incidents=newest_incidents((*trail.incidents, *recorded), most=INCIDENTS_SHOWN),
        tally=tally,
        venue_us=trail.newest_us,
        speed=trail.session.speed if trail.session else None,
        is_simulated=trail.is_simulated,
        positions=tuple(_held(state, symbol) for symbol in sorted(state.positions)),
        orders=tuple(
            LiveOrder(order.order_id, order.symbol, order.role, order.status)
            for order in state.orders.values()
            if order.is_live
        ),
        trades=tuple(traded[: -TRADES_SHOWN - 1 : -1]),
    )


def _held(state: State, symbol: str) -> Held:
    position = state.positions[symbol]
    stops = state.stops_of(position.entry_id)
    return Held(
        id=position.entry_id,
        symbol=symbol,
        quantity=f"{position.quantity:f}",
        stop_price=f"{position.stop_price:f}",
        stop_id=stops[-1].order_id if stops else "",
        opened_us=position.opened_us,
    )


def _traded(closed: TradeClosed, entry_id: str) -> Traded:
    net = closed.gross - closed.fees
    return Traded(id=entry_id, symbol=closed.symbol, closed_us=closed.at_us, net=f"{net:.2f}")
