"""What each agent has done, from its closed trades."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from nija_domain.capital.governor import AgentRecord
from nija_domain.learning.feedback import TradeRow
from nija_domain.market.timeframes import DAY_US

DAYS_A_YEAR = 365
WINDOW_DAYS = 30
WEEK_DAYS = 7


def agent_records(
    trades: Sequence[TradeRow], *, agents: Sequence[str], capital: float, now_us: int
) -> dict[str, AgentRecord]:
    """A record per agent, empty ones included; an agent is the first part of its config ids."""
    return {
        agent: _record([t for t in trades if agent_of(t) == agent], capital, now_us)
        for agent in agents
    }


def agent_of(trade: TradeRow) -> str:
    return trade.config_id.split(":", maxsplit=1)[0]


def _record(trades: Sequence[TradeRow], capital: float, now_us: int) -> AgentRecord:
    """Daily returns of the last 30 UTC days, idle ones counted as nothing."""
    daily = np.zeros(WINDOW_DAYS)
    wins = 0
    recent = [t for t in trades if now_us - t.at_us < WINDOW_DAYS * DAY_US]
    for trade in recent:
        net = float(trade.gross - trade.fees)
        days_ago = min(max((now_us - trade.at_us) // DAY_US, 0), WINDOW_DAYS - 1)
        daily[WINDOW_DAYS - 1 - days_ago] += net / capital
        wins += net > 0.0
    curve = 1.0 + np.cumsum(daily)
    peaks = np.maximum.accumulate(np.concatenate([[1.0], curve]))[1:]
    deviation = float(daily.std(ddof=1))
    return AgentRecord(
        pnl_7d=float(daily[-WEEK_DAYS:].sum()),
        sharpe_30d=float(daily.mean()) / deviation * sqrt(DAYS_A_YEAR) if deviation > 0 else 0.0,
        winrate_30d=wins / len(recent) if recent else 0.0,
        max_dd_30d=float(((peaks - curve) / peaks).max()),
        trades=len(trades),
    )
