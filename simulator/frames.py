"""Candles of any whole number of minutes, all of them from the one tape.

Bars longer than the tape's are made of its bars, all others of its trades. So whoever builds
candles of the venue's trades gets those that the venue tells.
"""

import numpy as np

from nija_domain.market.candles import CandleHistory
from nija_domain.market.rollup import roll_up
from nija_domain.market.timeframes import MINUTE_US, floor_to_bar_us
from nija_domain.market.trades import TradePrints, candles_of
from simulator.prints import Print, prints_of
from simulator.tape import OpenCandle, Tape


class Frame:
    """The bars of one length, named by their opens; one that began before the world is none."""

    def __init__(self, tape: Tape, *, timeframe_us: int) -> None:
        self.timeframe_us = timeframe_us
        self._tape = tape
        self._is_longer = timeframe_us % tape.timeframe_us == 0
        self.first_us = -floor_to_bar_us(-tape.start_us, timeframe_us=timeframe_us)

    @property
    def minutes(self) -> int:
        return self.timeframe_us // MINUTE_US

    def open_us(self, at_us: int) -> int:
        """Of the bar that holds this moment; the world's last moment belongs to its last bar."""
        return floor_to_bar_us(min(at_us, self._tape.end_us - 1), timeframe_us=self.timeframe_us)

    def closed(self, from_us: int, until_us: int) -> CandleHistory:
        """The bars from one open up to another."""
        from_us, until_us = max(from_us, self.first_us), max(until_us, self.first_us)
        if self._is_longer:
            bars = self._tape.candles.between(self._row(from_us), self._row(until_us))
            return roll_up(bars, timeframe_us=self.timeframe_us)
        trades = self._trades(from_us, until_us)
        return candles_of(
            trades, timeframe_us=self.timeframe_us, from_us=from_us, until_us=until_us
        )

    def so_far(self, at_us: int) -> OpenCandle | None:
        """The bar under way as it looks at this moment; none before the first one has opened."""
        open_us = self.open_us(at_us)
        if open_us < self.first_us:
            return None
        return (
            self._longer_so_far(open_us, at_us)
            if self._is_longer
            else self._open_candle(open_us, at_us)
        )

    def _longer_so_far(self, open_us: int, at_us: int) -> OpenCandle:
        running = self._tape.candle_so_far(at_us)
        before = self._tape.candles.between(self._row(open_us), self._row(running.ts_us))
        if not len(before):
            return running
        return OpenCandle(
            open_us,
            float(before.open[0]),
            max(running.high, float(before.high.max())),
            min(running.low, float(before.low.min())),
            running.close,
            running.volume + float(before.volume.sum()),
        )

    def _open_candle(self, open_us: int, at_us: int) -> OpenCandle:
        trades = self._trades(open_us, at_us + 1)
        return OpenCandle(
            open_us,
            float(trades.price[0]),
            float(trades.price.max()),
            float(trades.price.min()),
            float(trades.price[-1]),
            float(trades.quantity.sum()),
        )

    def _row(self, at_us: int) -> int:
        return (at_us - self._tape.start_us) // self._tape.timeframe_us

    def _trades(self, from_us: int, until_us: int) -> TradePrints:
        rows = range(self._row(from_us), min(self._row(until_us - 1) + 1, len(self._tape.candles)))
        trades: list[Print] = [
            each
            for row in rows
            for each in prints_of(self._tape, row)
            if from_us <= each.at_us < until_us
        ]
        return TradePrints(
            symbol=self._tape.candles.symbol,
            at_us=np.array([each.at_us for each in trades], dtype=np.int64),
            price=np.array([each.price for each in trades], dtype=np.float64),
            quantity=np.array([float(each.volume) for each in trades], dtype=np.float64),
        )
