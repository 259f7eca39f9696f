"""The one place where the pipelines meet the real world."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from nija_domain.capital.limits import HardLimits
from nija_domain.events.records import JournalEvent
from nija_domain.market.candles import CandleHistory, history_of
from nija_domain.market.instruments import Instrument
from nija_domain.releases.manifest import Bundle, Manifest
from nija_pipelines.settings import PipelineSettings

if TYPE_CHECKING:
    from nija_adapters.lake.lake import Lake
    from nija_adapters.model_registry.registry import ModelRegistry
    from nija_adapters.release_store.store import ReleaseStore

SECTIONS = ("executor", "pipelines")
HOME = dg.EnvVar("NIJA_HOME")
CONFIG = dg.EnvVar("NIJA_CONFIG")


class Config(dg.ConfigurableResource):
    """The settings files of this installation."""

    folder: str

    def settings(self) -> PipelineSettings:
        from nija_adapters.settings.loading import load_settings

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


class Journal(dg.ConfigurableResource):
    """The executor's journal, read only."""

    home: str

    def read(self, after_sequence: int) -> Iterator[tuple[int, JournalEvent]]:
        from nija_adapters.journal.reader import JournalReader

        path = Path(self.home) / "journal" / "journal.sqlite"
        return JournalReader(path).read(after_sequence)


class Registry(dg.ConfigurableResource):
    home: str

    def open(self) -> "ModelRegistry":
        from nija_adapters.model_registry.registry import ModelRegistry

        folder = Path(self.home) / "mlflow"
        folder.mkdir(parents=True, exist_ok=True)
        return ModelRegistry(f"sqlite:///{folder / 'mlflow.db'}", folder / "artifacts")


class Channel(dg.ConfigurableResource):
    """The release channel: sign, publish, verify, point."""

    home: str

    def store(self) -> "ReleaseStore":
        from nija_adapters.release_store.store import ReleaseStore

        return ReleaseStore(Path(self.home) / "releases")

    def key_id(self) -> str:
        from nija_adapters.release_store.keys import load_or_create_signing_key

        return load_or_create_signing_key(self._keys()).key_id

    def publish(self, bundle: Bundle) -> str:
        """The fingerprint of the signed and stored bundle."""
        from nija_adapters.release_store.keys import load_or_create_signing_key
        from nija_adapters.release_store.signatures import sign

        signed = sign(bundle, signing_key=load_or_create_signing_key(self._keys()))
        return self.store().publish(signed).fingerprint

    def verify(self, release_id: str) -> Manifest:
        from nija_adapters.release_store.keys import load_trusted_keys

        keys = load_trusted_keys(self._keys())
        return self.store().load(release_id, trusted_keys=keys).manifest

    def _keys(self) -> Path:
        return Path(self.home) / "keys"
