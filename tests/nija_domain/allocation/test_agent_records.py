"""What an agent has done, counted by UTC days from its own trades."""

from decimal import Decimal

import numpy as np
import pytest

from nija_domain.allocation.agent_records import agent_records
from nija_domain.learning.feedback import TradeRow
from nija_domain.market.timeframes import DAY_US, HOUR_US

TODAY_US = 1_000 * DAY_US + HOUR_US


def _trade(net: str, *, days_ago: int = 0, agent: str = "trend") -> TradeRow:
    return TradeRow(
        sequence=1,
        at_us=TODAY_US - days_ago * DAY_US,
        opened_us=0,
        symbol="BTC/USD",
        quantity=Decimal(1),
        entry_price=Decimal(100),
        exit_price=Decimal(100),
        gross=Decimal(net) + 1,
        fees=Decimal(1),
        regime="Bull",
        config_id=f"{agent}:BTC/USD:aggressive",
        release_id="r",
    )


def test_a_record_is_counted_by_days() -> None:
    """P&L of the week and drawdown over the capital held, win rate and Sharpe of the month."""
    trades = [_trade("10"), _trade("-20", days_ago=6), _trade("30", days_ago=7)]
    record = agent_records(trades, capital={"trend": 1_000.0}, now_us=TODAY_US)["trend"]
    daily = np.zeros(30)
    daily[[29, 23, 22]] = (0.01, -0.02, 0.03)

    assert record.pnl_7d == pytest.approx(-0.01)
    assert record.winrate_30d == pytest.approx(2 / 3)
    assert record.max_dd_30d == pytest.approx(0.02 / 1.03)
    assert record.sharpe_30d == pytest.approx(daily.mean() / daily.std(ddof=1) * np.sqrt(365))
    assert record.daily_pnl == pytest.approx(daily[22:])


def test_old_trades_season_an_agent_and_count_no_more() -> None:
    """After thirty days only the number of trades remembers them."""
    record = agent_records([_trade("10", days_ago=30)], capital={"trend": 1.0}, now_us=TODAY_US)

    assert (record["trend"].trades, record["trend"].pnl_7d) == (1, 0.0)
    assert record["trend"].daily_pnl == (0.0,) * 30


def test_each_agent_has_its_own_trades() -> None:
    """One that has never traded has an empty record."""
    held = {"trend": 1.0, "mean": 1.0}
    records = agent_records([_trade("1", agent="mean")], capital=held, now_us=TODAY_US)

    assert (records["trend"].trades, records["mean"].trades) == (0, 1)
    assert records["trend"].daily_pnl == ()
