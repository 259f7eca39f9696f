"""One bar of trading, alone or as a history in columns."""

from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

FloatColumn = npt.NDArray[np.float64]
TimeColumn = npt.NDArray[np.int64]


class Bar(NamedTuple):
    """The five numbers of a candle, as the feature steps read them (compiled or not)."""

    open: float
    high: float
    low: float
    close: float
    volume: float


class Candle(msgspec.Struct, frozen=True):
    """A closed candle of one symbol, named by its open time."""

    symbol: str
    ts_us: int
    open: float
    high: float
    low: float
    close: float
    volume: float

    @property
    def bar(self) -> Bar:
        return Bar(self.open, self.high, self.low, self.close, self.volume)


class CandleHistory(msgspec.Struct, frozen=True):
    """Closed candles of one symbol in the order of time, a column each."""

    symbol: str
    ts_us: TimeColumn
    open: FloatColumn
    high: FloatColumn
    low: FloatColumn
    close: FloatColumn
    volume: FloatColumn

    def __len__(self) -> int:
        return len(self.ts_us)

    def cut(self, stop: int) -> "CandleHistory":
        """What was known before row `stop`."""
        return self.between(0, stop)

    def between(self, start: int, stop: int) -> "CandleHistory":
        return CandleHistory(
            symbol=self.symbol,
            ts_us=self.ts_us[start:stop],
            open=self.open[start:stop],
            high=self.high[start:stop],
            low=self.low[start:stop],
            close=self.close[start:stop],
            volume=self.volume[start:stop],
        )

    def at(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> "CandleHistory":
        """Some of the rows, chosen by a mask or by their numbers."""
        columns = {name: getattr(self, name)[rows] for name in COLUMNS}
        return CandleHistory(symbol=self.symbol, **columns)

    def bar(self, row: int) -> Bar:
        return Bar(
            float(self.open[row]),
            float(self.high[row]),
            float(self.low[row]),
            float(self.close[row]),
            float(self.volume[row]),
        )

    def candle(self, row: int) -> Candle:
        return Candle(self.symbol, int(self.ts_us[row]), *self.bar(row))


COLUMNS = tuple(name for name in CandleHistory.__struct_fields__ if name != "symbol")


def history_of(symbol: str, candles: list[Candle]) -> CandleHistory:
    """The candles of one symbol as columns."""
    return CandleHistory(
        symbol=symbol,
        ts_us=np.array([c.ts_us for c in candles], dtype=np.int64),
        open=np.array([c.open for c in candles], dtype=np.float64),
        high=np.array([c.high for c in candles], dtype=np.float64),
        low=np.array([c.low for c in candles], dtype=np.float64),
        close=np.array([c.close for c in candles], dtype=np.float64),
        volume=np.array([c.volume for c in candles], dtype=np.float64),
    )


def in_time_order(history: CandleHistory) -> CandleHistory:
    """The same candles, the oldest first; many files are published the other way round."""
    return history.at(np.argsort(history.ts_us, kind="stable"))


def joined(earlier: CandleHistory, later: CandleHistory) -> CandleHistory:
    """Two stretches of one symbol, one after the other."""
    columns = {
        name: np.concatenate([getattr(earlier, name), getattr(later, name)]) for name in COLUMNS
    }
    return CandleHistory(symbol=earlier.symbol, **columns)
