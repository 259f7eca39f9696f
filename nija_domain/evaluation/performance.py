"""What a back-test earned, in few numbers."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from nija_domain.events.records import EquityMarked, TradeClosed
from nija_domain.market.money import ZERO
from nija_domain.market.timeframes import DAY_US


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """Rates are fractions, of nothing None and never 0; `marks` are those of the equity."""

    trades: int
    net_profit: Decimal
    fees: Decimal
    total_return: float
    max_drawdown: float
    win_rate: float | None
    days: int
    marks: int


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
        days=(equity[-1].at_us - equity[0].at_us) // DAY_US if equity else 0,
        marks=len(equity),
    )


def _max_drawdown(equity: Sequence[EquityMarked], starting_cash: Decimal) -> float:
    peak, worst = starting_cash, ZERO
    for mark in equity:
        peak = max(peak, mark.equity)
        worst = max(worst, (peak - mark.equity) / peak)
    return float(worst)
