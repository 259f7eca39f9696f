"""The one place where the command line meets the real world."""

import os
from collections.abc import Iterator
from pathlib import Path

from nija.home import ROOT
from nija.settings import UpSettings
from nija_adapters.journal.reader import JournalReader
from nija_adapters.settings.loading import load_settings
from nija_adapters.settings.sections import SECTIONS
from nija_domain.events.records import JournalEvent


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


def chosen_home() -> Path:
    return Path(os.environ.get("NIJA_HOME", ROOT / ".nija"))
