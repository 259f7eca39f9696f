"""The lake: the one class that others use."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from nija_adapters.lake.candles import (
    AsOf,
    check_candles,
    forget_series,
    newest_candle_us,
    read_histories,
    stored_lengths,
)
from nija_adapters.lake.catalogue import Catalogue
from nija_adapters.lake.features import replace_features, write_feature_files
from nija_adapters.lake.feedback import append_rows, last_sequence, read_rows
from nija_adapters.lake.ingests import Ingest, ingest_page
from nija_adapters.lake.instruments import append_changes, read_known
from nija_adapters.lake.packing import Provenance
from nija_adapters.lake.status import LakeStatus, read_status
from nija_adapters.lake.upkeep import (
    Merged,
    count_files,
    expire_snapshots,
    file_rows,
    knows_snapshot,
    merge_files,
    remove_files,
)
from nija_domain.errors import NijaError
from nija_domain.features.table import FeatureTable
from nija_domain.learning.feedback import FillRow, TradeRow
from nija_domain.market.candles import CandleHistory
from nija_domain.market.instruments import Instrument
from nija_domain.market.quality.delivery import Delivery, deliver_clean

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

WAIT_LIMIT_S = 30.0


class Lake:
    """One folder of tables that several processes can read and write at once.

    Each method is one transaction. Take `snapshot()` first and read from it: then everything that
    is read belongs together and can be read again.
    """

    def __init__(self, folder: Path, *, wait_limit_s: float = WAIT_LIMIT_S) -> None:
        self._catalogue = Catalogue(folder, wait_limit_s=wait_limit_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._catalogue.close()

    def ingest(
        self,
        deliveries: Sequence[Delivery],
        *,
        venue: str,
        timeframe_us: int,
        source: str,
        known_at_us: int,
    ) -> list[Ingest]:
        """Store clean rows as candles, the others in the quarantine; returns counts per symbol.

        A closed candle that differs from the stored one becomes a further revision. An identical
        one changes nothing.
        """
        histories = [delivery.clean for delivery in deliveries]
        check_candles(histories, timeframe_us=timeframe_us, known_at_us=known_at_us)
        if not deliveries:
            return []
        provenance = Provenance(
            venue=venue, timeframe_us=timeframe_us, source=source, known_at_us=known_at_us
        )
        data_folder = self._catalogue.data_folder
        return self._catalogue.write(
            lambda cursor: ingest_page(
                cursor, deliveries, data_folder=data_folder, provenance=provenance
            )
        )

    def append_candles(
        self,
        histories: Sequence[CandleHistory],
        *,
        venue: str,
        timeframe_us: int,
        source: str,
        known_at_us: int,
    ) -> int:
        """Write new and changed candles; returns how many."""
        ingests = self.ingest(
            [deliver_clean(history) for history in histories],
            venue=venue,
            timeframe_us=timeframe_us,
            source=source,
            known_at_us=known_at_us,
        )
        return sum(ingest.changed for ingest in ingests)

    def append_instruments(
        self, instruments: Sequence[Instrument], *, source: str, known_at_us: int
    ) -> int:
        """Store new and changed descriptions of pairs; returns how many."""
        return self._catalogue.write(
            lambda cursor: append_changes(
                cursor, instruments, source=source, known_at_us=known_at_us
            )
        )

    def read_instruments(self, *, source: str, at_us: int) -> list[Instrument]:
        """Each pair as this source described it at that time."""
        return self._catalogue.read(lambda cursor: read_known(cursor, source=source, at_us=at_us))

    def latest_candle_us(self, symbol: str, *, venue: str, timeframe_us: int) -> int | None:
        """The open time of the newest candle; None for a new series."""
        return self._catalogue.read(
            lambda cursor: newest_candle_us(cursor, symbol, venue=venue, timeframe_us=timeframe_us)
        )

    def stored_timeframes_us(self, symbol: str, *, venue: str) -> list[int]:
        """The lengths of bar in which the lake holds this symbol of the venue, in order."""
        return self._catalogue.read(lambda cursor: stored_lengths(cursor, symbol, venue=venue))

    def snapshot(self) -> int:
        """The number of the newest snapshot."""

        def current(cursor: "DuckDBPyConnection") -> int:
            return int(cursor.execute("FROM lake.current_snapshot()").fetchall()[0][0])

        return self._catalogue.read(current)

    def read_candles(
        self,
        symbols: Iterable[str],
        *,
        venue: str,
        timeframe_us: int,
        snapshot: int | None = None,
        since_us: int = 0,
    ) -> dict[str, CandleHistory]:
        """The candles of each symbol; empty for one that is not there.

        Without a snapshot they are those of this moment.
        """
        if snapshot is not None:
            self._check_snapshot(snapshot)
        as_of = AsOf(venue=venue, timeframe_us=timeframe_us, snapshot=snapshot, since_us=since_us)
        return self._catalogue.read(
            lambda cursor: read_histories(cursor, tuple(symbols), as_of=as_of)
        )

    def stream_candles(
        self, symbols: Iterable[str], *, venue: str, timeframe_us: int, snapshot: int
    ) -> Iterator[CandleHistory]:
        """The candles of one symbol after another, to keep memory small."""
        for symbol in symbols:
            found = self.read_candles(
                [symbol], venue=venue, timeframe_us=timeframe_us, snapshot=snapshot
            )
            yield found[symbol]

    def forget_candles(self, symbol: str, *, venue: str, timeframe_us: int) -> int:
        """Delete a series and its quarantined rows; returns how many rows went.

        Older snapshots keep them until they expire, so that a past training can be repeated.
        """
        return self._catalogue.write(
            lambda cursor: forget_series(cursor, symbol, venue=venue, timeframe_us=timeframe_us)
        )

    def write_features(self, tables: Iterable[FeatureTable]) -> int:
        """Replace all feature rows; returns how many there are.

        The write lock is held only while the finished files are registered.
        """
        files = write_feature_files(tables, self._catalogue.data_folder)
        if files.names:
            self._catalogue.write(lambda cursor: replace_features(cursor, files))
        return files.rows

    def append_feedback(self, fills: Sequence[FillRow], trades: Sequence[TradeRow]) -> int:
        """Store new fills and trades in one commit; returns how many rows were new.

        In two commits, a crash between them would lose rows that `feedback_sequence` already
        counts.
        """
        return self._catalogue.write(
            lambda cursor: append_rows(cursor, fills) + append_rows(cursor, trades)
        )

    def feedback_sequence(self) -> int:
        """The journal number up to which feedback is stored; 0 before the first."""
        return self._catalogue.read(last_sequence)

    def read_fills(self, *, snapshot: int) -> list[FillRow]:
        """The fills in this snapshot."""
        self._check_snapshot(snapshot)
        return self._catalogue.read(lambda cursor: read_rows(cursor, FillRow, snapshot=snapshot))

    def read_trades(self, *, snapshot: int) -> list[TradeRow]:
        """The closed trades in this snapshot."""
        self._check_snapshot(snapshot)
        return self._catalogue.read(lambda cursor: read_rows(cursor, TradeRow, snapshot=snapshot))

    def merge_files(self) -> Merged:
        """Merge small files into large ones; every snapshot still reads the same."""
        before = self._catalogue.read(count_files)
        self._catalogue.write(file_rows)
        self._catalogue.write(merge_files)
        return Merged(files_before=before, files_after=self._catalogue.read(count_files))

    def expire_snapshots(self, *, keep: Collection[int], before_us: int) -> list[int]:
        """Expire snapshots before this time, except those in `keep` and the newest."""
        return self._catalogue.write(
            lambda cursor: expire_snapshots(cursor, keep=keep, before_us=before_us)
        )

    def remove_files(self, *, before_us: int) -> list[str]:
        """Delete files that no snapshot has used since then; holds the write lock."""
        return self._catalogue.write(lambda cursor: remove_files(cursor, before_us=before_us))

    def status(self) -> LakeStatus:
        """Tables, sizes, series, snapshots, quarantine and last ingests."""
        return self._catalogue.read(read_status)

    def _check_snapshot(self, snapshot: int) -> None:
        known = self._catalogue.read(lambda cursor: knows_snapshot(cursor, snapshot))
        if snapshot < 1 or not known:
            raise NijaError(
                f"snapshot {snapshot} is not in the lake, whose newest is {self.snapshot()};"
                " pin one with Lake.snapshot() before reading, and release what must be kept"
            )
