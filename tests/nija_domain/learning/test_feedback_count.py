"""Trades count as new until a training has learned from them."""

from decimal import Decimal

from nija_domain.learning.feedback import TradeRow, count_new


def closed(release_id: str, at_us: int) -> TradeRow:
    one = Decimal(1)
    return TradeRow(
        sequence=1,
        at_us=at_us,
        opened_us=0,
        symbol="BTC/USD",
        quantity=one,
        entry_price=one,
        exit_price=one,
        gross=one,
        fees=one,
        regime="Bull",
        config_id="",
        release_id=release_id,
    )


def test_old_trades_of_a_champion_do_not_call_for_a_training_after_a_roll_back() -> None:
    """The rejected release was made at 20, from what had closed before."""
    trades = [closed("r-1", 10), closed("r-2", 25), closed("r-1", 30)]

    assert count_new(trades, "r-1", since_us=0) == 2
    assert count_new(trades, "r-1", since_us=20) == 1
