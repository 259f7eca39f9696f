"""How whole the stored candles are: by symbol and day, with every gap named."""

from collections.abc import Mapping

import msgspec
import numpy as np

from nija_domain.market.backfill import find_missing
from nija_domain.market.candles import TimeColumn
from nija_domain.market.timeframes import DAY_US, floor_to_bar_us

DAYS_SHOWN = 30
GAPS_SHOWN = 8


class Gap(msgspec.Struct, frozen=True):
    """Bars that closed and are not stored; nobody may have traded in them."""

    from_us: int
    until_us: int
    bars: int


class SymbolHealth(msgspec.Struct, frozen=True, kw_only=True):
    """`shares` of each day's closed bars, oldest day first; None before the first candle.

    `gaps` holds the longest ones; `set_aside` counts quarantined rows by the rule they broke.
    """

    symbol: str
    bars: int
    newest_us: int | None
    shares: tuple[float | None, ...]
    missing_bars: int
    gaps: tuple[Gap, ...]
    set_aside: dict[str, int]

    @property
    def rows_set_aside(self) -> int:
        return sum(self.set_aside.values())


class CandleHealth(msgspec.Struct, frozen=True, kw_only=True):
    """`days_us` are the midnights (UTC) of the days shown."""

    at_us: int
    timeframe_us: int
    days_us: tuple[int, ...]
    symbols: tuple[SymbolHealth, ...]

    @property
    def worst_share(self) -> float:
        """The least covered day of any symbol; one where there is nothing to cover."""
        known = [share for symbol in self.symbols for share in symbol.shares if share is not None]
        return min(known, default=1.0)


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The days of a picture, today the last of them."""

    timeframe_us: int
    now_us: int
    days: int = DAYS_SHOWN

    @property
    def days_us(self) -> tuple[int, ...]:
        first_us = (self.now_us // DAY_US - self.days + 1) * DAY_US
        return tuple(range(first_us, self.now_us + 1, DAY_US))

    @property
    def closed_us(self) -> int:
        """The open of the bar that is under way."""
        return floor_to_bar_us(self.now_us, timeframe_us=self.timeframe_us)


class Stored(msgspec.Struct, frozen=True):
    """The bars of one symbol on the days shown, and its first and newest bar of all days."""

    opens_us: TimeColumn
    first_us: int | None = None
    newest_us: int | None = None


def measure_health(
    stored: Mapping[str, Stored], set_aside: Mapping[str, Mapping[str, int]], *, shown: Shown
) -> CandleHealth:
    """Of each symbol, from its first candle on or the first day shown, whichever is later."""
    return CandleHealth(
        at_us=shown.now_us,
        timeframe_us=shown.timeframe_us,
        days_us=shown.days_us,
        symbols=tuple(
            _measure(symbol, bars, set_aside.get(symbol, {}), shown)
            for symbol, bars in sorted(stored.items())
        ),
    )


def _measure(
    symbol: str, stored: Stored, set_aside: Mapping[str, int], shown: Shown
) -> SymbolHealth:
    gaps = _gaps(stored, shown)
    return SymbolHealth(
        symbol=symbol,
        bars=len(stored.opens_us),
        newest_us=stored.newest_us,
        shares=_shares(stored, shown),
        missing_bars=sum(gap.bars for gap in gaps),
        gaps=tuple(sorted(gaps, key=lambda gap: -gap.bars)[:GAPS_SHOWN]),
        set_aside=dict(set_aside),
    )


def _gaps(stored: Stored, shown: Shown) -> list[Gap]:
    if stored.first_us is None:
        return []
    frame_us = shown.timeframe_us
    missing = find_missing(
        stored.opens_us,
        since_us=max(stored.first_us, shown.days_us[0]),
        now_us=shown.now_us,
        timeframe_us=frame_us,
    )
    return [Gap(s.from_us, s.until_us, (s.until_us - s.from_us) // frame_us) for s in missing]


def _shares(stored: Stored, shown: Shown) -> tuple[float | None, ...]:
    if stored.first_us is None:
        return (None,) * len(shown.days_us)
    starts_us = np.maximum(np.array(shown.days_us), stored.first_us)
    ends_us = np.minimum(np.array(shown.days_us) + DAY_US, shown.closed_us)
    closed = (ends_us - starts_us) // shown.timeframe_us
    held = np.searchsorted(stored.opens_us, ends_us) - np.searchsorted(stored.opens_us, starts_us)
    pairs = zip(held.tolist(), closed.tolist(), strict=True)
    return tuple(have / expected if expected > 0 else None for have, expected in pairs)
