"""What a back-test earned, in few numbers."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from nija_domain.events.records import EquityMarked, TradeClosed
from nija_domain.market.money import ZERO


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """Rates are fractions; a rate over nothing is None, never 0."""

    trades: int
    net_profit: Decimal
    fees: Decimal
    total_return: float
    max_drawdown: float
    win_rate: float | None


def measure_performance(
    trades: Sequence[TradeClosed], equity: Sequence[EquityMarked], *, starting_cash: Decimal
) -> Performance:
    net = [trade.gross - trade.fees for trade in trades]
    last_equity = equity[-1].equity if equity else starting_cash
    return Performance(
        trades=len(trades),
        net_profit=sum(net, start=ZERO),
        fees=sum((trade.fees for trade in trades), start=ZERO),
        total_return=float(last_equity / starting_cash - 1),
        max_drawdown=_max_drawdown(equity, starting_cash),
        win_rate=sum(profit > 0 for profit in net) / len(net) if net else None,
    )


def _max_drawdown(equity: Sequence[EquityMarked], starting_cash: Decimal) -> float:
    peak, worst = starting_cash, ZERO
    for mark in equity:
        peak = max(peak, mark.equity)
        worst = max(worst, (peak - mark.equity) / peak)
    return float(worst)
