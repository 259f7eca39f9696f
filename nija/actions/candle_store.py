"""Stores imported candles in the lake, after a comparison with what it holds already."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

import msgspec

from nija.bootstrap import SheetRead, open_lake, read_confirmed, wall_now_us
from nija.home import Home
from nija_domain.market.candles import CandleHistory
from nija_domain.market.quality.delivery import deliver
from nija_domain.market.quality.examination import Examination
from nija_domain.market.quality.neighbours import check_seams, compare_timeframes
from nija_domain.market.quality.restatement import compare_stored
from nija_domain.market.quality.stamps import Occasion
from nija_domain.market.venues import Series


class Stored(Protocol):
    """What the lake holds already."""

    def stored_timeframes_us(self, symbol: str, *, venue: str) -> list[int]: ...

    def read_candles(
        self, symbols: Iterable[str], *, venue: str, timeframe_us: int
    ) -> dict[str, CandleHistory]: ...


class StoredSheet(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict over a table once it is compared with the lake, and what the lake got of it."""

    found: Examination
    written: int = 0
    identical: int = 0
    restated: int = 0
    quarantined: int = 0


@contextmanager
def open_candle_store(
    home: Home, *, restating: bool = False
) -> Iterator[Callable[[Examination, SheetRead, Series], StoredSheet]]:
    """A function that stores imported candles in the lake of this home."""
    with open_lake(home) as lake:

        def store(found: Examination, read: SheetRead, kept_as: Series) -> StoredSheet:
            compared = _compare_with_lake(found, lake, kept_as, home=home, restating=restating)
            if compared.verdict == "refuse":
                return StoredSheet(found=compared)
            (ingest,) = lake.ingest(
                [deliver(compared, read.sheet, raw_of=read.raw_of)],
                venue=kept_as.venue,
                timeframe_us=kept_as.timeframe_us,
                source=f"file:{read.name}",
                known_at_us=wall_now_us(),
            )
            return StoredSheet(
                found=compared,
                written=ingest.written,
                identical=ingest.identical,
                restated=ingest.restated,
                quarantined=ingest.quarantined,
            )

        yield store


def _compare_with_lake(
    found: Examination, lake: Stored, kept_as: Series, *, home: Home, restating: bool
) -> Examination:
    """Compare with the stored candles of this series, and of other lengths."""
    if not len(found.clean):
        return found
    lengths_us = lake.stored_timeframes_us(kept_as.symbol, venue=kept_as.venue)
    held = {frame_us: _read_series(lake, kept_as, frame_us) for frame_us in lengths_us}
    own = held.pop(kept_as.timeframe_us, None)
    if own is not None:
        occasion = Occasion(kept_as.timeframe_us, None, read_confirmed(home, kept_as))
        found = check_seams(found, own, occasion)
        found = compare_stored(found, own, restating=restating)
    if restating:
        return found
    return compare_timeframes(found, held, timeframe_us=kept_as.timeframe_us)


def _read_series(lake: Stored, series: Series, timeframe_us: int) -> CandleHistory:
    read = lake.read_candles([series.symbol], venue=series.venue, timeframe_us=timeframe_us)
    return read[series.symbol]
