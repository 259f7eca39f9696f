"""What a book has done so far, in a few sums: of the live one and of each on paper alike."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from nija_domain.events.records import EquityMarked, JournalEvent, TradeClosed
from nija_domain.market.money import ZERO
from nija_domain.market.timeframes import utc_day
from nija_domain.trading.book import Purse


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """Since its first mark; `won` and `lost` are of closed trades after fees, both positive.

    `days` are the UTC days with a mark, `day` is the newest. `max_drawdown` is the largest share
    that was lost from a peak, measured at closes.
    """

    since_us: int | None = None
    bars: int = 0
    days: int = 0
    day: int = -1
    trades: int = 0
    wins: int = 0
    won: Decimal = ZERO
    lost: Decimal = ZERO
    max_drawdown: float = 0.0


def tallied(tally: Tally, event: JournalEvent, purse: Purse) -> Tally:
    """With one more record; `purse` is that of the book after it."""
    if isinstance(event, TradeClosed):
        return _with_trade(tally, event)
    if not isinstance(event, EquityMarked):
        return tally
    day, peak = utc_day(event.at_us), purse.peak_equity
    drawdown = float(1 - event.equity / peak) if peak > 0 else 0.0
    return replace(
        tally,
        since_us=event.at_us if tally.since_us is None else tally.since_us,
        bars=tally.bars + 1,
        days=tally.days + (day != tally.day),
        day=day,
        max_drawdown=max(tally.max_drawdown, drawdown),
    )


def _with_trade(tally: Tally, trade: TradeClosed) -> Tally:
    net = trade.gross - trade.fees
    return replace(
        tally,
        trades=tally.trades + 1,
        wins=tally.wins + (net > 0),
        won=tally.won + max(net, ZERO),
        lost=tally.lost + max(-net, ZERO),
    )
