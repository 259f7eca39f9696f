"""The settings files of this installation, its clocks and its code."""

import os
from pathlib import Path

import dagster as dg

from nija_adapters.home.places import Home
from nija_domain.capital.governor import GovernorRules
from nija_domain.capital.limits import HardLimits
from nija_pipelines.settings import PipelineSettings, governor_environ


class Installation(dg.ConfigurableResource):
    """`folder` holds its settings, `home` its state."""

    folder: str
    home: str

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
        from nija_adapters.settings.hard_limits import load_limits

        return load_limits(Path(self.folder), os.environ)

    def governor_rules(self) -> GovernorRules:
        """From [governor], overridden by CAPITAL_GOVERNOR_MIN_ALLOC and its like."""
        from nija_adapters.settings.loading import load_settings
        from nija_adapters.settings.sections import SECTIONS

        return load_settings(
            GovernorRules,
            path=Path(self.folder) / "nija.toml",
            section="governor",
            sections=SECTIONS,
            environ=governor_environ(os.environ),
        )

    def venue_now_us(self) -> int:
        """The one clock of whatever a person reads or that expires: the executor lives by it.

        Where the venue gives no answer it is the newest time that the executor has recorded;
        wall time stands in only before the venue was ever reached.
        """
        from nija_adapters.exchange.settings import ExchangeSettings
        from nija_adapters.exchange.venue_time import ask_venue_time_us
        from nija_adapters.journal.reader import JournalReader

        settings = self.settings()
        asked = ask_venue_time_us(
            ExchangeSettings(api_url=settings.venue_url, timeout_ms=settings.venue_timeout_ms)
        )
        known = asked or JournalReader(Home(Path(self.home)).journal).newest_us()
        return known or self.wall_now_us()

    def wall_now_us(self) -> int:
        """For the age of files and for what others stamp by the same clock."""
        from nija_adapters.clock.venue_clock import wall_now_us

        return wall_now_us()

    def code(self) -> tuple[str, str]:
        """Version and commit."""
        from nija_adapters.version.commit import read_version

        found = read_version()
        return found.version, found.commit
