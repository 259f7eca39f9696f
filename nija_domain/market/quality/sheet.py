"""Candles as they came: numbered rows that nobody has judged yet."""

import msgspec
import numpy as np
import numpy.typing as npt

from nija_domain.market.candles import Bar, CandleHistory, FloatColumn, TimeColumn
from nija_domain.market.quality.rules import Problem

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]


class Sheet(msgspec.Struct, frozen=True):
    """`rows` are the numbers in the input, from 0; `ts` is in the unit of the input at first."""

    rows: TimeColumn
    ts: TimeColumn
    values: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, places: Mask | Rows) -> "Sheet":
        if places.dtype == np.bool_ and places.all():  # nearly always, and copies take time
            return self
        return Sheet(self.rows[places], self.ts[places], self.values[places])

    def with_stamps(self, ts: TimeColumn) -> "Sheet":
        return Sheet(self.rows, ts, self.values)

    def column(self, name: str) -> FloatColumn:
        column: FloatColumn = self.values[:, Bar._fields.index(name)]
        return column

    def problem(self, place: int | np.intp, rule: str, text: str) -> Problem:
        return Problem(int(self.rows[place]), int(self.ts[place]), rule, text)

    def history(self, symbol: str) -> CandleHistory:
        columns = {name: np.ascontiguousarray(self.column(name)) for name in Bar._fields}
        return CandleHistory(symbol=symbol, ts_us=self.ts, **columns)


def sheet_of(history: CandleHistory) -> Sheet:
    values = np.column_stack([getattr(history, name) for name in Bar._fields])
    rows = np.arange(len(history))
    return Sheet(rows, history.ts_us, values.reshape(len(rows), len(Bar._fields)))


class Judged(msgspec.Struct, frozen=True):
    """What a step leaves, and what it had to say."""

    sheet: Sheet
    problems: tuple[Problem, ...] = ()
