"""What each agent has earned, from its closed trades."""

from collections.abc import Mapping, Sequence

import numpy as np

from nija_domain.capital.governor import AgentRecord
from nija_domain.capital.performance import sharpe_ratio
from nija_domain.events.position_id import agent_of
from nija_domain.learning.feedback import TradeRow
from nija_domain.market.timeframes import utc_day

WINDOW_DAYS = 30
WEEK_DAYS = 7


def agent_records(
    trades: Sequence[TradeRow], *, capital: Mapping[str, float], now_us: int
) -> dict[str, AgentRecord]:
    """A record for each agent by the capital that it held, empty ones included."""
    return {
        agent: _record([t for t in trades if trader_of(t) == agent], held, now_us)
        for agent, held in capital.items()
    }


def trader_of(trade: TradeRow) -> str:
    """The agent that the trade was made by."""
    return agent_of(trade.config_id)


def _record(trades: Sequence[TradeRow], capital: float, now_us: int) -> AgentRecord:
    """Returns of the last 30 UTC days, today the last of them, idle ones counted as nothing."""
    today = utc_day(now_us)
    recent = [t for t in trades if 0 <= today - utc_day(t.at_us) < WINDOW_DAYS]
    daily = np.zeros(WINDOW_DAYS)
    for trade in recent:
        daily[WINDOW_DAYS - 1 - (today - utc_day(trade.at_us))] += _net(trade) / capital
    curve = np.concatenate([[1.0], 1.0 + np.cumsum(daily)])
    peaks = np.maximum.accumulate(curve)
    lived = min(today - utc_day(min(t.at_us for t in trades)) + 1, WINDOW_DAYS) if trades else 0
    return AgentRecord(
        pnl_7d=float(daily[-WEEK_DAYS:].sum()),
        sharpe_30d=sharpe_ratio(tuple(daily.tolist())) or 0.0,
        winrate_30d=sum(_net(t) > 0.0 for t in recent) / len(recent) if recent else 0.0,
        max_dd_30d=min(float(((peaks - curve) / peaks).max()), 1.0),
        trades=len(trades),
        daily_pnl=tuple(daily[WINDOW_DAYS - lived :].tolist()),
    )


def _net(trade: TradeRow) -> float:
    return float(trade.gross - trade.fees)
