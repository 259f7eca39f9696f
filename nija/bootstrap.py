"""The one place where the command line meets the real world."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nija.home import ROOT
from nija.settings import UpSettings
from nija_adapters.candle_files.reader import SheetRead, read_sheets
from nija_adapters.clock.venue_clock import wall_now_us
from nija_adapters.journal.reader import JournalReader
from nija_adapters.settings.loading import load_settings
from nija_adapters.settings.sections import SECTIONS
from nija_domain.capital.limits import HardLimits
from nija_domain.events.ledger import LedgerEntry
from nija_domain.events.records import JournalEvent
from nija_domain.market.quality.examination import Examination, set_aside
from nija_domain.releases.directive import Directive

__all__ = [
    "SheetRead",
    "chosen_home",
    "issue_directive",
    "open_candle_store",
    "read_journal",
    "read_ledger",
    "read_limits",
    "read_settings",
    "read_sheets",
    "wall_now_us",
]


def read_journal(path: Path, after_sequence: int = 0) -> Iterator[tuple[int, JournalEvent]]:
    return JournalReader(path).read(after_sequence)


def read_settings() -> UpSettings:
    return load_settings(
        UpSettings,
        path=ROOT / "config" / "nija.toml",
        section="up",
        sections=SECTIONS,
        environ=os.environ,
    )


def read_limits() -> HardLimits:
    return load_settings(
        HardLimits,
        path=ROOT / "config" / "risk_limits.toml",
        section="limits",
        sections=("limits",),
        environ={},
    )


def read_ledger(home: Path) -> Iterator[LedgerEntry]:
    from nija_adapters.ledger.ledger import Ledger

    return (entry for _, entry in Ledger(home / "ledger" / "ledger.jsonl").read())


def issue_directive(home: Path, channel: str, draft: Directive) -> Directive:
    """Signed with this home's key; the executor takes it at its next turn."""
    from nija_adapters.release_store.directives import Directives
    from nija_adapters.release_store.keys import load_or_create_signing_key

    folder = home / "releases" / "directives" / channel
    return Directives(folder).issue(draft, signing_key=load_or_create_signing_key(home / "keys"))


def chosen_home() -> Path:
    return Path(os.environ.get("NIJA_HOME", ROOT / ".nija"))


@contextmanager
def open_candle_store(
    home: Path,
) -> Iterator[Callable[[Examination, SheetRead, int], tuple[int, int]]]:
    """Where imported candles go: the lake of this home."""
    from nija_adapters.lake.lake import Lake

    with Lake(home / "lake") as lake:

        def store(found: Examination, read: SheetRead, timeframe_us: int) -> tuple[int, int]:
            source, now_us = f"file:{read.name}", wall_now_us()
            aside = lake.quarantine_candles(
                *set_aside(found, read.sheet), source=source, known_at_us=now_us
            )
            written = lake.append_candles(
                [found.clean], timeframe_us=timeframe_us, source=source, known_at_us=now_us
            )
            return written, aside

        yield store
