"""What can be wrong with a history of candles, rule by rule."""

from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType
from typing import SupportsIndex

import msgspec
import numpy as np
import numpy.typing as npt

from nija_domain.market.candles import Bar, CandleHistory
from nija_domain.market.timeframes import DAY_US, YEAR_US

EARLIEST_US = 39 * YEAR_US  # nothing was traded before 2009
STALE_BARS = 3
FROZEN_BARS = 24
UNIT_FACTORS = MappingProxyType(
    {"seconds": 1_000_000.0, "milliseconds": 1_000.0, "nanoseconds": 0.001}
)

BLOCKING_RULES = frozenset(
    {"unit", "order", "duplicate", "grid", "price", "range", "volume", "unclosed"}
)


class Problem(msgspec.Struct, frozen=True):
    """One row that breaks one rule; a gap or a frozen stretch stands at the row that ends it."""

    row: int
    ts_us: int
    rule: str
    text: str


class Inspection(msgspec.Struct, frozen=True):
    """A history beside what its rules are measured by."""

    history: CandleHistory
    timeframe_us: int
    now_us: int

    def stamped_rows(self) -> npt.NDArray[np.intp]:
        """Rows whose stamp can be a time; one wrong unit must not put all later rows in doubt."""
        stamps = self.history.ts_us
        return np.flatnonzero((stamps >= EARLIEST_US) & (stamps <= self.now_us + DAY_US))


Finding = tuple[SupportsIndex, str]
Rule = Callable[[Inspection], Iterator[Finding]]


def find_problems(history: CandleHistory, *, timeframe_us: int, now_us: int) -> list[Problem]:
    """Every broken rule, row after row."""
    inspection = Inspection(history, timeframe_us, now_us)
    problems = [
        Problem(int(row), int(history.ts_us[row]), name, text)
        for name, rule in RULES.items()
        for row, text in rule(inspection)
    ]
    return sorted(problems, key=lambda problem: problem.row)


def drop_blocked(history: CandleHistory, problems: Iterable[Problem]) -> CandleHistory:
    """The history without the rows that break a blocking rule."""
    keep = np.ones(len(history), dtype=np.bool_)
    keep[[problem.row for problem in problems if problem.rule in BLOCKING_RULES]] = False
    columns = {name: getattr(history, name)[keep] for name in ("ts_us", *Bar._fields)}
    return CandleHistory(symbol=history.symbol, **columns)


def _find_wrong_units(inspection: Inspection) -> Iterator[Finding]:
    stamps = inspection.history.ts_us
    for row in np.delete(np.arange(len(stamps)), inspection.stamped_rows()):
        unit = next(
            (
                unit
                for unit, factor in UNIT_FACTORS.items()
                if EARLIEST_US <= float(stamps[row]) * factor <= inspection.now_us + DAY_US
            ),
            None,
        )
        guess = f"looks like {unit}" if unit else "is no time in any unit"
        yield row, f"stamp {stamps[row]} {guess}; stamps are UTC microseconds"


def _find_disorder(inspection: Inspection) -> Iterator[Finding]:
    rows = inspection.stamped_rows()
    stamps = inspection.history.ts_us[rows]
    latest = np.maximum.accumulate(stamps)
    for place in np.flatnonzero(stamps[1:] < latest[:-1]) + 1:
        yield rows[place], f"stamp {stamps[place]} comes after {latest[place - 1]}"


def _find_duplicates(inspection: Inspection) -> Iterator[Finding]:
    rows = inspection.stamped_rows()
    stamps = inspection.history.ts_us[rows]
    latest = np.maximum.accumulate(stamps)
    for place in np.flatnonzero(stamps[1:] == latest[:-1]) + 1:
        yield rows[place], f"stamp {stamps[place]} comes twice"


def _find_off_grid(inspection: Inspection) -> Iterator[Finding]:
    rows = inspection.stamped_rows()
    offsets = inspection.history.ts_us[rows] % inspection.timeframe_us
    for place in np.flatnonzero(offsets):
        yield rows[place], f"stamp is {offsets[place]} us past the open of a bar"


def _find_bad_prices(inspection: Inspection) -> Iterator[Finding]:
    for name in ("open", "high", "low", "close"):
        prices = getattr(inspection.history, name)
        for row in np.flatnonzero(~(np.isfinite(prices) & (prices > 0.0))):
            yield row, f"{name} is {prices[row]}; a price is finite and positive"


def _find_bad_ranges(inspection: Inspection) -> Iterator[Finding]:
    history = inspection.history
    too_low = np.maximum(history.open, history.close) > history.high
    too_high = np.minimum(history.open, history.close) < history.low
    for row in np.flatnonzero(too_low | too_high):
        yield row, f"open or close is outside low {history.low[row]} to high {history.high[row]}"


def _find_bad_volumes(inspection: Inspection) -> Iterator[Finding]:
    volumes = inspection.history.volume
    for row in np.flatnonzero(~(np.isfinite(volumes) & (volumes >= 0.0))):
        yield row, f"volume is {volumes[row]}; a volume is finite and not negative"


def _find_gaps(inspection: Inspection) -> Iterator[Finding]:
    rows = inspection.stamped_rows()
    stamps = np.maximum.accumulate(inspection.history.ts_us[rows])
    missing = np.diff(stamps) // inspection.timeframe_us - 1
    for place in np.flatnonzero(missing > 0):
        yield rows[place + 1], f"{missing[place]} candles are missing after {stamps[place]}"


def _find_unclosed(inspection: Inspection) -> Iterator[Finding]:
    rows = inspection.stamped_rows()
    closes_us = inspection.history.ts_us[rows] + inspection.timeframe_us
    for place in np.flatnonzero(closes_us > inspection.now_us):
        yield rows[place], f"the bar closes at {closes_us[place]}, which is still to come"


def _find_stale_tail(inspection: Inspection) -> Iterator[Finding]:
    rows = inspection.stamped_rows()
    if not rows.size:
        return
    last = rows[np.argmax(inspection.history.ts_us[rows])]
    closed_us = int(inspection.history.ts_us[last]) + inspection.timeframe_us
    age_bars = (inspection.now_us - closed_us) // inspection.timeframe_us
    if age_bars >= STALE_BARS:
        yield last, f"the last candle closed {age_bars} bars ago"


def _find_frozen_stretches(inspection: Inspection) -> Iterator[Finding]:
    """Stretches of bars without any movement; one still bar is no news, a day of them is."""
    history = inspection.history
    is_still = (np.diff(history.close) == 0.0) & (history.high == history.low)[1:]
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_still.astype(np.int8), [0]))))
    for start, stop in edges.reshape(-1, 2):
        if stop - start >= FROZEN_BARS:
            yield stop, f"the price stood at {history.close[stop]} for {stop - start} bars"


RULES: MappingProxyType[str, Rule] = MappingProxyType(
    {
        "unit": _find_wrong_units,
        "order": _find_disorder,
        "duplicate": _find_duplicates,
        "grid": _find_off_grid,
        "price": _find_bad_prices,
        "range": _find_bad_ranges,
        "volume": _find_bad_volumes,
        "unclosed": _find_unclosed,
        "gap": _find_gaps,
        "stale": _find_stale_tail,
        "frozen": _find_frozen_stretches,
    }
)
