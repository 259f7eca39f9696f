"""The one place where the pipelines meet the real world."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from nija_domain.capital.governor import GovernorRules
from nija_domain.capital.limits import HardLimits
from nija_domain.events.ledger import LedgerEntry
from nija_domain.events.records import JournalEvent
from nija_domain.evolution.candidate import Candidate
from nija_domain.learning.feedback import TradeRow
from nija_domain.learning.training import TrainingRecord
from nija_domain.market.candles import CandleHistory, history_of
from nija_domain.market.instruments import Instrument
from nija_domain.releases.directive import Directive
from nija_domain.releases.manifest import Bundle
from nija_pipelines.settings import PipelineSettings
from nija_pipelines.training import Published

if TYPE_CHECKING:
    from nija_adapters.candidates.slots import CandidateSlots
    from nija_adapters.exchange.kraken import KrakenExchange
    from nija_adapters.lake.lake import Lake
    from nija_adapters.model_registry.registry import ModelRegistry
    from nija_adapters.release_store.keys import SigningKey
    from nija_adapters.release_store.store import ReleaseStore

HOME = dg.EnvVar("NIJA_HOME")
CONFIG = dg.EnvVar("NIJA_CONFIG")


class Installation(dg.ConfigurableResource):
    """The settings files of this installation."""

    folder: str

    def settings(self) -> PipelineSettings:
        from nija_adapters.settings.loading import load_settings
        from nija_adapters.settings.sections import SECTIONS

        return load_settings(
            PipelineSettings,
            path=Path(self.folder) / "nija.toml",
            section="pipelines",
            sections=SECTIONS,
            environ=os.environ,
        )

    def limits(self) -> HardLimits:
        from nija_adapters.settings.loading import load_settings

        return load_settings(
            HardLimits,
            path=Path(self.folder) / "risk_limits.toml",
            section="limits",
            sections=("limits",),
            environ={},
        )

    def governor_rules(self) -> GovernorRules:
        """From [governor], overridden by CAPITAL_GOVERNOR_MIN_ALLOC and its like."""
        from nija_adapters.settings.loading import load_settings
        from nija_adapters.settings.sections import SECTIONS

        told = {
            name.replace("CAPITAL_", "NIJA_", 1).replace("_INTERVAL", "_INTERVAL_S"): value
            for name, value in os.environ.items()
            if name.startswith("CAPITAL_GOVERNOR_")
        }
        return load_settings(
            GovernorRules,
            path=Path(self.folder) / "nija.toml",
            section="governor",
            sections=SECTIONS,
            environ=told,
        )

    def wall_now_us(self) -> int:
        from nija_adapters.clock.venue_clock import wall_now_us

        return wall_now_us()

    def code(self) -> tuple[str, str]:
        """Version and commit."""
        from nija_adapters.version.commit import read_version

        found = read_version()
        return found.version, found.commit


class Market(dg.ConfigurableResource):
    """Public data of the venue; no key is needed and none is used."""

    def fetch_histories(
        self, settings: PipelineSettings, since_us: dict[str, int]
    ) -> tuple[list[CandleHistory], int]:
        """Closed candles of each symbol from its own start on, and the venue's time."""
        return asyncio.run(_fetch_histories(settings, since_us))

    def fetch_instruments(self, settings: PipelineSettings) -> tuple[Instrument, ...]:
        return asyncio.run(_fetch_instruments(settings))


@asynccontextmanager
async def _exchange(settings: PipelineSettings) -> AsyncIterator["KrakenExchange"]:
    from nija_adapters.exchange.kraken import KrakenExchange
    from nija_adapters.exchange.settings import ExchangeSettings

    exchange = KrakenExchange(
        ExchangeSettings(
            api_url=settings.venue_url,
            timeout_ms=settings.venue_timeout_ms,
            public_per_second=settings.requests_per_second_max,
        )
    )
    try:
        yield exchange
    finally:
        await exchange.close()


async def _fetch_histories(
    settings: PipelineSettings, since_us: dict[str, int]
) -> tuple[list[CandleHistory], int]:
    async with _exchange(settings) as exchange:
        now_us = await exchange.fetch_time_us()
        pages = await asyncio.gather(
            *(
                exchange.fetch_candles(
                    symbol, timeframe_us=settings.timeframe_us, since_us=start, now_us=now_us
                )
                for symbol, start in since_us.items()
            )
        )
    pairs = zip(since_us, pages, strict=True)
    return [history_of(symbol, page) for symbol, page in pairs], now_us


async def _fetch_instruments(settings: PipelineSettings) -> tuple[Instrument, ...]:
    async with _exchange(settings) as exchange:
        return await exchange.fetch_instruments(settings.symbols)


class LakeFolder(dg.ConfigurableResource):
    home: str

    def open(self) -> "Lake":
        from nija_adapters.lake.lake import Lake

        return Lake(Path(self.home) / "lake")

    def read_histories(
        self, settings: PipelineSettings, snapshot_id: int
    ) -> dict[str, CandleHistory]:
        """The candles of the universe as they were at the snapshot."""
        with self.open() as store:
            return store.read_candles(
                settings.symbols, timeframe_us=settings.timeframe_us, snapshot=snapshot_id
            )

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

    def promote(self, release: Published, settings: PipelineSettings, *, manifest: bytes) -> int:
        """The registered version that the channel's alias names from now on."""
        registry, name = self._open(settings), settings.registered_model
        version = registry.register_release(
            name=name, release_id=release.release_id, run_id=release.run_id, content=manifest
        )
        registry.set_alias(name, settings.channel, version)
        return version

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


class Channel(dg.ConfigurableResource):
    """The release channel: sign, publish, verify, point."""

    home: str

    def key_id(self) -> str:
        return self._signing_key().key_id

    def next_sequence(self) -> int:
        releases = self._store().list_releases()
        return int(releases[-1].rsplit("-", 1)[1]) + 1 if releases else 1

    def parents(self, channel: str) -> tuple[str, ...]:
        pointer = self._store().read_pointer(channel)
        return (pointer.release_id,) if pointer else ()

    def champion(self, channel: str) -> str | None:
        """The id of the release that trades, if one was ever promoted."""
        pointer = self._store().read_pointer(channel)
        return pointer.release_id if pointer else None

    def before_champion(self, channel: str) -> str | None:
        """What the channel pointed at before: where a roll-back goes."""
        history = self._store().read_history(channel)
        return history[-1].release_id if history else None

    def direct(self, channel: str, draft: Directive) -> Directive:
        """The directive under its number, signed; the executor takes it at its next turn."""
        from nija_adapters.release_store.directives import Directives

        folder = self._folder() / "directives" / channel
        return Directives(folder).issue(draft, signing_key=self._signing_key())

    def publish(self, bundle: Bundle) -> str:
        """The fingerprint of the signed and stored bundle."""
        from nija_adapters.release_store.signatures import sign

        return self._store().publish(sign(bundle, signing_key=self._signing_key())).fingerprint

    def load(self, release_id: str) -> Bundle:
        """A release that is whole and signed by a trusted key."""
        from nija_adapters.release_store.keys import load_trusted_keys

        keys = load_trusted_keys(self._keys())
        return self._store().load(release_id, trusted_keys=keys).bundle

    def point(self, channel: str, release_id: str) -> str | None:
        """Moves the pointer; the id of the release that it named before."""
        store = self._store()
        before = store.read_pointer(channel)
        previous = before.release_id if before else None
        store.point(channel, release_id)
        return previous

    def _store(self) -> "ReleaseStore":
        from nija_adapters.release_store.store import ReleaseStore

        return ReleaseStore(self._folder())

    def _signing_key(self) -> "SigningKey":
        from nija_adapters.release_store.keys import load_or_create_signing_key

        return load_or_create_signing_key(self._keys())

    def _folder(self) -> Path:
        return Path(self.home) / "releases"

    def _keys(self) -> Path:
        return Path(self.home) / "keys"
