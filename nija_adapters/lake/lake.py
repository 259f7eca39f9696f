"""The lake as its users see it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from nija_adapters.lake.candles import (
    AsOf,
    check_candles,
    forget_series,
    newest_candle_us,
    read_history,
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
    """One folder of tables that several processes may read and write at once.

    Each method is one transaction. Take `snapshot()` first and read as of it: then all that is
    read belongs together and can be read again.
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
        """Clean rows to the candles, the others to the quarantine, and a line for each symbol.

        Candles that closed already and come otherwise now become a further revision; what the
        lake holds already leaves no trace.
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
        """How many rows were written: new candles, and closed ones that their source changed."""
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
        """How many pairs are new or were described otherwise before."""
        return self._catalogue.write(
            lambda cursor: append_changes(
                cursor, instruments, source=source, known_at_us=known_at_us
            )
        )

    def read_instruments(self, *, source: str, at_us: int) -> list[Instrument]:
        """Each pair as this source had described it by then."""
        return self._catalogue.read(lambda cursor: read_known(cursor, source=source, at_us=at_us))

    def latest_candle_us(self, symbol: str, *, venue: str, timeframe_us: int) -> int | None:
        """The open of the newest candle, where ingestion goes on; none for a new series."""
        return self._catalogue.read(
            lambda cursor: newest_candle_us(cursor, symbol, venue=venue, timeframe_us=timeframe_us)
        )

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
        snapshot: int,
        since_us: int = 0,
    ) -> dict[str, CandleHistory]:
        """A history per symbol of this venue, empty for one that the snapshot does not know."""
        self._check_snapshot(snapshot)
        as_of = AsOf(venue=venue, timeframe_us=timeframe_us, snapshot=snapshot, since_us=since_us)
        return self._catalogue.read(
            lambda cursor: {symbol: read_history(cursor, symbol, as_of=as_of) for symbol in symbols}
        )

    def stream_candles(
        self, symbols: Iterable[str], *, venue: str, timeframe_us: int, snapshot: int
    ) -> Iterator[CandleHistory]:
        """One symbol's history after another's, so that memory does not grow with the universe."""
        for symbol in symbols:
            found = self.read_candles(
                [symbol], venue=venue, timeframe_us=timeframe_us, snapshot=snapshot
            )
            yield found[symbol]

    def forget_candles(self, symbol: str, *, venue: str, timeframe_us: int) -> int:
        """How many rows of the series left the lake, those set aside included.

        Older snapshots hold them until these expire: what was trained can be trained again.
        """
        return self._catalogue.write(
            lambda cursor: forget_series(cursor, symbol, venue=venue, timeframe_us=timeframe_us)
        )

    def write_features(self, tables: Iterable[FeatureTable]) -> int:
        """Puts these feature rows in the place of all before them, and says how many they are.

        The lake is held only while it takes over the files: others may write as these come.
        """
        files = write_feature_files(tables, self._catalogue.data_folder)
        if files.names:
            self._catalogue.write(lambda cursor: replace_features(cursor, files))
        return files.rows

    def append_feedback(self, fills: Sequence[FillRow], trades: Sequence[TradeRow]) -> int:
        """How many rows were new; both kinds are committed together.

        Otherwise a crash between the two would leave `feedback_sequence` ahead of lost rows.
        """
        return self._catalogue.write(
            lambda cursor: append_rows(cursor, fills) + append_rows(cursor, trades)
        )

    def feedback_sequence(self) -> int:
        """The journal number up to which feedback has come up; zero before the first."""
        return self._catalogue.read(last_sequence)

    def read_fills(self, *, snapshot: int) -> list[FillRow]:
        self._check_snapshot(snapshot)
        return self._catalogue.read(lambda cursor: read_rows(cursor, FillRow, snapshot=snapshot))

    def read_trades(self, *, snapshot: int) -> list[TradeRow]:
        self._check_snapshot(snapshot)
        return self._catalogue.read(lambda cursor: read_rows(cursor, TradeRow, snapshot=snapshot))

    def merge_files(self) -> Merged:
        """Small files become large ones; every snapshot still reads the same."""
        before = self._catalogue.read(count_files)
        self._catalogue.write(file_rows)
        self._catalogue.write(merge_files)
        return Merged(files_before=before, files_after=self._catalogue.read(count_files))

    def expire_snapshots(self, *, keep: Collection[int], before_us: int) -> list[int]:
        """Forgets the snapshots of before, save those to keep and the newest."""
        return self._catalogue.write(
            lambda cursor: expire_snapshots(cursor, keep=keep, before_us=before_us)
        )

    def remove_files(self, *, before_us: int) -> list[str]:
        """Deletes files that since before belong to no snapshot; nobody writes meanwhile."""
        return self._catalogue.write(lambda cursor: remove_files(cursor, before_us=before_us))

    def status(self) -> LakeStatus:
        return self._catalogue.read(read_status)

    def _check_snapshot(self, snapshot: int) -> None:
        newest = self.snapshot()
        known = self._catalogue.read(lambda cursor: knows_snapshot(cursor, snapshot))
        if snapshot < 1 or not known:
            raise NijaError(
                f"snapshot {snapshot} is not in the lake, whose newest is {newest};"
                " pin one with Lake.snapshot() before reading, and release what must be kept"
            )
