"""What is to be ingested, and what came of it."""

from collections.abc import Mapping

import msgspec


class IngestPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Without `since_us` on from what is stored; a new series begins `history_bars` back.

    Those that the venue no longer tells as candles are rebuilt from its trades. Until now, or until
    the close `until_us`. `confirmed_us` are each symbol's steps of the price that a person has
    confirmed.
    """

    symbols: tuple[str, ...]
    venue: str
    timeframe_us: int
    source: str
    history_bars: int = 0
    since_us: int | None = None
    until_us: int | None = None
    confirmed_us: Mapping[str, frozenset[int]] = {}


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a symbol's missing bars were asked for by now, and what came of it."""

    symbol: str
    missing_bars: int
    asked_bars: int = 0
    written: int = 0
    restated: int = 0
    quarantined: int = 0
    refused: tuple[str, ...] = ()

    def with_kept(self, kept: "Kept", *, asked_bars: int) -> "Ingested":
        return Ingested(
            symbol=self.symbol,
            missing_bars=self.missing_bars,
            asked_bars=self.asked_bars + asked_bars,
            written=self.written + kept.written,
            restated=self.restated + kept.restated,
            quarantined=self.quarantined + kept.quarantined,
            refused=self.refused + kept.refused,
        )


class Kept(msgspec.Struct, frozen=True):
    """What one delivery left in the lake."""

    written: int = 0
    restated: int = 0
    quarantined: int = 0
    refused: tuple[str, ...] = ()
