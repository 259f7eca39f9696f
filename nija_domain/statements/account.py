"""The account in a few lines, for `nija status`."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from nija_domain.statements.holdings import Holding, holdings_of
from nija_domain.statements.incidents import Incident, newest_incidents
from nija_domain.statements.orders import live_orders
from nija_domain.statements.standing import Silence, Standing, standing_of
from nija_domain.statements.statement import Counts, RoundTrip, Statement
from nija_domain.trading.orders import Order

INCIDENTS_SHOWN = 5
"""The newest; the API has all that are kept under /v1/incidents."""
TRADES_SHOWN = 5


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The account in one line; `equity` is that of the last closed bar."""

    release_id: str = ""
    equity: Decimal | None = None
    counts: Counts = Counts()
    open_positions: int = 0
    halts: tuple[str, ...] = ()


class AccountStatement(msgspec.Struct, frozen=True, kw_only=True):
    """The account with positions, orders, newest trades and incidents; venue times."""

    standing: Standing
    incidents: tuple[Incident, ...]
    totals: Totals
    venue_us: int
    speed: float | None
    is_simulated: bool
    positions: tuple[Holding, ...]
    orders: tuple[Order, ...]
    trades: tuple[RoundTrip, ...]


def total(statement: Statement) -> Totals:
    return Totals(
        release_id=statement.release_id,
        equity=statement.equity[-1].equity if statement.equity else None,
        counts=statement.counts,
        open_positions=len(statement.state.book.positions),
        halts=tuple(sorted(statement.state.restrictions.halts)),
    )


def describe_account(
    statement: Statement, silence: Silence, *, recorded: Sequence[Incident]
) -> AccountStatement:
    """The account now; `recorded` are the ledger's incidents."""
    state, trail = statement.state, statement.trail
    return AccountStatement(
        standing=standing_of(state, trail, silence, recorded=recorded),
        incidents=newest_incidents((*trail.incidents, *recorded), most=INCIDENTS_SHOWN),
        totals=total(statement),
        venue_us=statement.venue_us,
        speed=trail.session.speed if trail.session else None,
        is_simulated=trail.is_simulated,
        positions=holdings_of(state),
        orders=live_orders(state),
        trades=statement.trades[: -TRADES_SHOWN - 1 : -1],
    )
