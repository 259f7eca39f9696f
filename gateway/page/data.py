"""The page about the candles: coverage by symbol and day, gaps, quarantined rows."""

import msgspec

from gateway.ports import HealthRecord
from nija_domain.market.health import CandleHealth, Gap, SymbolHealth
from nija_domain.market.timeframes import utc_date

LEVELS = (("whole", 1.0), ("nearly", 0.99), ("partly", 0.9), ("poor", 0.0))
"""The least share of a day's bars that earns each word; a colour and a sign stand for it."""
GAPS_SHOWN = 12


class Cell(msgspec.Struct, frozen=True):
    """One day of one symbol."""

    level: str
    text: str


class CoverageRow(msgspec.Struct, frozen=True):
    """All days of one symbol."""

    symbol: SymbolHealth
    cells: tuple[Cell, ...]


class NamedGap(msgspec.Struct, frozen=True):
    """A gap with its symbol."""

    symbol: str
    gap: Gap


class DataBoard(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    health: CandleHealth
    first_day: str
    last_day: str
    rows: tuple[CoverageRow, ...]
    gaps: tuple[NamedGap, ...]

    @property
    def missing_bars(self) -> int:
        return sum(symbol.missing_bars for symbol in self.health.symbols)

    @property
    def rows_set_aside(self) -> int:
        return sum(symbol.rows_set_aside for symbol in self.health.symbols)


def data_board(record: HealthRecord) -> DataBoard | None:
    """Collect what the page shows; None before the first measurement."""
    health = record.read()
    if health is None:
        return None
    days = tuple(map(utc_date, health.days_us))
    gaps = [NamedGap(symbol.symbol, gap) for symbol in health.symbols for gap in symbol.gaps]
    return DataBoard(
        health=health,
        first_day=days[0],
        last_day=days[-1],
        rows=tuple(_row(symbol, days) for symbol in health.symbols),
        gaps=tuple(sorted(gaps, key=lambda named: -named.gap.bars)[:GAPS_SHOWN]),
    )


def _row(symbol: SymbolHealth, days: tuple[str, ...]) -> CoverageRow:
    pairs = zip(days, symbol.shares, strict=True)
    return CoverageRow(symbol, tuple(_cell(day, share) for day, share in pairs))


def _cell(day: str, share: float | None) -> Cell:
    if share is None:
        return Cell("before", f"{day}: no candle yet")
    level = next(word for word, least in LEVELS if share >= least)
    return Cell(level, f"{day}: {100 * share:.1f} % of its bars")
