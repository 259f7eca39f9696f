"""Connects the command line to the real adapters; nothing else in it names one."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from nija.home import ROOT, Home
from nija.settings import UpSettings
from nija_adapters.candle_files.labels import write_labels
from nija_adapters.candle_files.reader import SheetRead, read_sheets
from nija_adapters.clock.venue_clock import wall_now_us
from nija_adapters.home import places
from nija_adapters.home.kill_switch import KillSwitch
from nija_adapters.journal.checking import ChainCheck, ChainFinding, JournalCheck
from nija_adapters.journal.reader import JournalReader
from nija_adapters.lake.status import LakeStatus
from nija_adapters.pictures.outlooks import FORMATS as PICTURE_FORMATS
from nija_adapters.settings.hard_limits import load_limits
from nija_adapters.settings.loading import load_settings
from nija_adapters.settings.sections import SECTIONS
from nija_adapters.version.commit import read_version
from nija_domain.capital.limits import HardLimits
from nija_domain.errors import NijaError, PlaceUnusable
from nija_domain.events.ledger import LedgerEntry, confirmed_steps
from nija_domain.events.records import JournalEvent
from nija_domain.market.timeframes import SECOND_US
from nija_domain.market.venues import Series
from nija_domain.releases.directive import Directive, DirectiveDraft
from nija_domain.statements.incidents import Incident, recorded_incidents, unreadable_ledger
from nija_pipelines.ingestion.ports import VenueMarket
from nija_pipelines.settings import PipelineSettings

if TYPE_CHECKING:
    from nija_adapters.lake.lake import Lake
    from nija_adapters.release_store.candidate_channels import CandidateChannels
    from nija_domain.capital.monte_carlo import Outlook
    from nija_domain.releases.content import ReleaseContent

CONFIG = ROOT / "config"
Settings = TypeVar("Settings", bound=msgspec.Struct)

__all__ = [
    "PICTURE_FORMATS",
    "LakeStatus",
    "SheetRead",
    "add_candidate",
    "append_ledger",
    "check_exchange",
    "check_journal",
    "check_venue_url",
    "chosen_home",
    "drop_candidate",
    "export_journal",
    "is_channel",
    "issue_directive",
    "journal_age_s",
    "kill_switch",
    "load_section",
    "open_candle_market",
    "open_lake",
    "read_champion",
    "read_confirmed",
    "read_journal",
    "read_lake_status",
    "read_ledger",
    "read_ledger_incidents",
    "read_limits",
    "read_pipeline_settings",
    "read_settings",
    "read_sheets",
    "read_version",
    "venue_now_us",
    "wall_now_us",
    "write_labels",
    "write_outlooks",
]


def read_journal(path: Path, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
    return JournalReader(path).read(after_sequence)


def check_journal(path: Path) -> tuple[ChainFinding, ChainCheck | None]:
    """What following the whole chain found, and which check the executor noted last."""
    check = JournalCheck(path)
    return check.follow(), check.last_check()


def export_journal(path: Path, to: Path, *, after: int) -> int:
    """How many records were written."""
    from nija_adapters.journal import export

    return export.export_journal(path, to, after_sequence=after)


def kill_switch(home: Home) -> KillSwitch:
    return KillSwitch(home.kill_file, home.disarm_file)


def journal_age_s(path: Path) -> float | None:
    """Seconds since the last journal record; None without a journal."""
    written_us = JournalReader(path).last_written_us()
    return None if written_us is None else max(0, wall_now_us() - written_us) / SECOND_US


def venue_now_us(home: Home) -> int:
    """The venue's time; if it does not answer, the newest in the journal."""
    from nija_adapters.exchange.settings import ExchangeSettings
    from nija_adapters.exchange.venue_time import ask_venue_time_us

    settings = read_pipeline_settings()
    asked = ask_venue_time_us(
        ExchangeSettings(api_url=settings.venue_url, timeout_ms=settings.venue_timeout_ms)
    )
    return asked or JournalReader(home.journal).newest_us() or wall_now_us()


def read_lake_status(home: Home) -> LakeStatus:
    from nija_adapters.lake.lake import Lake

    with Lake(home.lake) as lake:
        return lake.status()


def load_section(
    kind: type[Settings],
    section: str,
    *,
    config: Path = CONFIG,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """One program's section of config/nija.toml."""
    return load_settings(
        kind, path=config / "nija.toml", section=section, sections=SECTIONS, environ=environ
    )


def check_venue_url(url: str) -> None:
    """Raises `SettingsInvalid` for an address that no program may use as a venue."""
    from nija_adapters.exchange.settings import ExchangeSettings

    ExchangeSettings(api_url=url)


def check_exchange(name: str) -> None:
    """Raises `SettingsInvalid` for a name that ccxt does not know."""
    from nija_adapters.exchange.loading import load_exchange_class

    load_exchange_class(name)


def read_settings() -> UpSettings:
    return load_section(UpSettings, "up")


def read_limits(config: Path = CONFIG) -> HardLimits:
    return load_limits(config, os.environ)


def read_ledger(home: Home) -> Iterator[LedgerEntry]:
    from nija_adapters.ledger.ledger import Ledger

    return (entry for _, entry in Ledger(home.ledger).read())


def read_ledger_incidents(home: Home) -> tuple[Incident, ...]:
    """The incidents in the ledger; a damaged ledger is one itself."""
    try:
        return recorded_incidents(read_ledger(home))
    except NijaError as error:
        return (unreadable_ledger(error, known=()),)


def append_ledger(home: Home, entry: LedgerEntry) -> None:
    from nija_adapters.ledger.ledger import Ledger

    Ledger(home.ledger).append([entry])


def issue_directive(home: Home, channel: str, draft: DirectiveDraft) -> Directive:
    """Sign and store the directive; the executor reads it in its next turn."""
    from nija_adapters.release_store.directives import Directives
    from nija_adapters.release_store.keys import load_or_create_signing_key

    key = load_or_create_signing_key(home.keys)
    return Directives(home.directives(channel)).issue(draft, signing_key=key)


def is_channel(home: Home, channel: str) -> bool:
    """Whether a release was ever promoted, or a directive sent, on it."""
    from nija_adapters.release_store.store import ReleaseStore

    pointer = ReleaseStore(home.releases).read_pointer(channel)
    return pointer is not None or home.directives(channel).exists()


def add_candidate(home: Home, release_id: str, *, channel: str | None) -> str:
    """The candidate channel that now points at the release."""
    return _candidate_channels(home).add(release_id, channel=channel)


def drop_candidate(home: Home, channel: str) -> str:
    """The release that the channel pointed at."""
    return _candidate_channels(home).drop(channel)


def _candidate_channels(home: Home) -> "CandidateChannels":
    from nija_adapters.release_store.candidate_channels import CandidateChannels
    from nija_adapters.release_store.keys import load_trusted_keys

    return CandidateChannels(home.releases, trusted_keys=load_trusted_keys(home.keys))


def write_outlooks(plot: Path, outlooks: "Sequence[Outlook]") -> None:
    """Write the picture in the format of its name."""
    from nija_adapters.pictures.outlooks import draw_outlooks

    picture = draw_outlooks(outlooks, form=plot.suffix.removeprefix(".").lower())
    try:
        plot.write_bytes(picture)
    except OSError as error:
        raise PlaceUnusable(
            f"{plot} cannot be written: {error.strerror}; name a file in an existing folder that"
            " you may write to"
        ) from error


def read_pipeline_settings() -> PipelineSettings:
    return load_section(PipelineSettings, "pipelines")


def read_champion(home: Home, channel: str) -> "ReleaseContent | None":
    """The content of the champion; None before the first promotion."""
    from nija_adapters.release_store import champion

    return champion.read_champion(home.releases, keys=home.keys, channel=channel)


def chosen_home() -> Home:
    return places.chosen_home(os.environ)


def read_confirmed(home: Home, series: Series) -> frozenset[int]:
    """The confirmed price steps of this market."""
    confirmed = confirmed_steps(read_ledger(home), venue=series.venue)
    return confirmed.get(series.symbol, frozenset())


@contextmanager
def open_lake(home: Home) -> Iterator["Lake"]:
    from nija_adapters.lake.lake import Lake

    with Lake(home.lake) as lake:
        yield lake


@asynccontextmanager
async def open_candle_market(settings: PipelineSettings) -> AsyncIterator[VenueMarket]:
    """The exchange or venue of the settings; all symbols share one rate limit."""
    from nija_adapters.exchange.market import KRAKEN, open_market
    from nija_adapters.exchange.settings import ExchangeSettings

    reach = ExchangeSettings(
        api_url=None if settings.exchange else settings.venue_url,
        timeout_ms=settings.venue_timeout_ms,
        public_per_second=settings.requests_per_second_max,
    )
    async with open_market(settings.exchange or KRAKEN, reach) as market:
        yield market
