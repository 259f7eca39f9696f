"""What the home holds: lake, journal, registry, ledger, slots of candidates."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from nija_domain.events.ledger import (
    LedgerEntry,
    ReleaseKept,
    confirmed_steps,
    kept_since_promotion,
)
from nija_domain.events.records import JournalEvent
from nija_domain.evolution.candidate import Candidate
from nija_domain.learning.feedback import TradeRow
from nija_domain.learning.training_record import TrainingRecord
from nija_domain.market.candles import CandleHistory
from nija_domain.releases.holding import Hold, holds_of
from nija_domain.releases.manifest import read_manifest
from nija_pipelines.settings import PipelineSettings

if TYPE_CHECKING:
    from nija_adapters.candidates.slots import CandidateSlots
    from nija_adapters.lake.lake import Lake
    from nija_adapters.model_registry.registry import ModelRegistry


CHALLENGER = "challenger"


class LakeFolder(dg.ConfigurableResource):
    home: str

    def open(self) -> "Lake":
        from nija_adapters.lake.lake import Lake

        return Lake(Path(self.home) / "lake")

    def read_histories(
        self, settings: PipelineSettings, snapshot_id: int
    ) -> dict[str, CandleHistory]:
        """The venue's candles as they were at the snapshot, of each symbol that has any."""
        with self.open() as store:
            read = store.read_candles(
                settings.symbols,
                venue=settings.venue,
                timeframe_us=settings.timeframe_us,
                snapshot=snapshot_id,
            )
        return {symbol: history for symbol, history in read.items() if len(history)}

    def read_trades(self, snapshot_id: int) -> list[TradeRow]:
        with self.open() as store:
            return store.read_trades(snapshot=snapshot_id)


class Journal(dg.ConfigurableResource):
    """The executor's journal, read only."""

    home: str

    def read(self, after_sequence: int) -> Iterator[tuple[int, JournalEvent]]:
        from nija_adapters.journal.reader import JournalReader

        path = Path(self.home) / "journal" / "journal.sqlite"
        return JournalReader(path).read(after_sequence)


class Registry(dg.ConfigurableResource):
    """MLflow: its server where one is set, else its store in the home."""

    home: str

    def log_training(self, record: TrainingRecord, settings: PipelineSettings) -> str:
        """The id of the run that now holds all of this."""
        return self._open(settings).log_training(record)

    def promote(self, settings: PipelineSettings, *, manifest: bytes) -> int:
        """The registered version that the channel's alias names from now on."""
        return self._register(settings, manifest=manifest, alias=settings.channel)

    def keep(self, settings: PipelineSettings, *, manifest: bytes) -> int:
        """The registered version that the alias `challenger` names from now on."""
        return self._register(settings, manifest=manifest, alias=CHALLENGER)

    def _register(self, settings: PipelineSettings, *, manifest: bytes, alias: str) -> int:
        registry, name = self._open(settings), settings.registered_model
        release = read_manifest(manifest)
        version = registry.register_release(
            name=name,
            release_id=release.release_id,
            run_id=release.training_run_id,
            content=manifest,
        )
        registry.set_alias(name, alias, version)
        return version

    def pinned_snapshots(self, settings: PipelineSettings) -> frozenset[int]:
        """What trainings were made from: they can be made again only from these."""
        return self._open(settings).data_snapshots()

    def _open(self, settings: PipelineSettings) -> "ModelRegistry":
        from nija_adapters.model_registry.registry import ModelRegistry

        folder = Path(self.home) / "mlflow"
        store = settings.tracking_uri or f"sqlite:///{folder / 'mlflow.db'}"
        return ModelRegistry(store, folder / "artifacts")


class LedgerFile(dg.ConfigurableResource):
    """What is counted for ever: trials, releases, promotions."""

    home: str

    def append(self, entry: LedgerEntry) -> None:
        from nija_adapters.ledger.ledger import Ledger

        Ledger(self._path()).append([entry])

    def read(self) -> Iterator[tuple[int, LedgerEntry]]:
        from nija_adapters.ledger.ledger import Ledger

        return Ledger(self._path()).read()

    def holds(self, channel: str) -> tuple[Hold, ...]:
        """What was rolled back and may not be promoted again by itself."""
        return holds_of((entry for _, entry in self.read()), channel)

    def kept(self, channel: str) -> tuple[ReleaseKept, ...]:
        """The releases that stayed challengers since one was promoted last."""
        return kept_since_promotion((entry for _, entry in self.read()), channel)

    def confirmed_steps(self, settings: PipelineSettings) -> dict[str, frozenset[int]]:
        """The steps of prices that a person has confirmed at this venue."""
        return confirmed_steps((entry for _, entry in self.read()), venue=settings.venue)

    def _path(self) -> Path:
        return Path(self.home) / "ledger" / "ledger.jsonl"


class Candidates(dg.ConfigurableResource):
    """The slots of those that are tried on paper beside the champion."""

    home: str

    def count_open(self, *, besides: int) -> int:
        """Without the candidate of this number, so that a step which runs again finds the same."""
        return sum(c.number != besides for c in self._slots().read_open().values())

    def open_slot(self, candidate: Candidate) -> int:
        return self._slots().open_slot(candidate)

    def _slots(self) -> "CandidateSlots":
        from nija_adapters.candidates.slots import CandidateSlots

        return CandidateSlots(Path(self.home) / "candidates")
