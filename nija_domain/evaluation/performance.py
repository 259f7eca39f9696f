"""What a back-test earned, in few numbers."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from statistics import fmean, stdev

import msgspec

from nija_domain.events.records import EquityMarked, TradeClosed
from nija_domain.market.money import ZERO
from nija_domain.market.timeframes import DAY_US


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """Rates are fractions, of nothing None and never 0; `marks` are those of the equity.

    `sharpe_per_bar` is the mean of the bars' returns in their own deviation, of one bar, not of a
    year. `profit_factor` is what was won in what was lost.
    """

    trades: int
    net_profit: Decimal
    fees: Decimal
    total_return: float
    max_drawdown: float
    win_rate: float | None
    sharpe_per_bar: float | None
    profit_factor: float | None
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
        sharpe_per_bar=_sharpe_per_bar(equity),
        profit_factor=_profit_factor(net),
        days=(equity[-1].at_us - equity[0].at_us) // DAY_US if equity else 0,
        marks=len(equity),
    )


def _sharpe_per_bar(equity: Sequence[EquityMarked]) -> float | None:
    returns = [float(b.equity / a.equity - 1) for a, b in pairwise(equity)]
    if len(returns) < 2:  # noqa: PLR2004 - one return has no deviation
        return None
    deviation = stdev(returns)
    return fmean(returns) / deviation if deviation > 0.0 else None


def _profit_factor(net: Sequence[Decimal]) -> float | None:
    won = sum((profit for profit in net if profit > 0), start=ZERO)
    lost = -sum((profit for profit in net if profit < 0), start=ZERO)
    return float(won / lost) if lost else None


def _max_drawdown(equity: Sequence[EquityMarked], starting_cash: Decimal) -> float:
    peak, worst = starting_cash, ZERO
    for mark in equity:
        peak = max(peak, mark.equity)
        worst = max(worst, (peak - mark.equity) / peak)
    return float(worst)
