"""What ingestion needs of the outside: a venue's public data, and the lake."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from nija_domain.market.candles import Candle, CandleHistory
from nija_domain.market.quality.delivery import Delivery


class VenueMarket(Protocol):
    """Public data under one budget of requests, however many symbols ask for it."""

    async def fetch_time_us(self) -> int: ...

    async def fetch_candles(
        self, symbol: str, *, timeframe_us: int, since_us: int, now_us: int
    ) -> list[Candle]: ...

    async def fetch_history(
        self, symbol: str, *, timeframe_us: int, from_us: int, until_us: int
    ) -> CandleHistory:
        """A stretch of long ago, by whatever way the venue still tells it."""
        ...


class Counts(Protocol):
    @property
    def written(self) -> int: ...

    @property
    def restated(self) -> int: ...

    @property
    def quarantined(self) -> int: ...


class CandleStore(Protocol):
    """The lake: each call of `ingest` is kept or lost as a whole."""

    def latest_candle_us(self, symbol: str, *, venue: str, timeframe_us: int) -> int | None: ...

    def read_candles(
        self, symbols: Iterable[str], *, venue: str, timeframe_us: int, since_us: int
    ) -> Mapping[str, CandleHistory]: ...

    def ingest(
        self,
        deliveries: Sequence[Delivery],
        *,
        venue: str,
        timeframe_us: int,
        source: str,
        known_at_us: int,
    ) -> Sequence[Counts]: ...
