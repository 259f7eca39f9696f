"""Lets dbt use the lake; dbt-duckdb loads `Plugin` by the name in the profile."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbt.adapters.duckdb.plugins import BasePlugin

from nija_adapters.lake.catalogue import Catalogue, connection_config
from nija_adapters.lake.lake import WAIT_LIMIT_S
from nija_domain.errors import SettingsInvalid

if TYPE_CHECKING:
    from dbt.adapters.duckdb.credentials import DuckDBCredentials
    from duckdb import DuckDBPyConnection


class Plugin(BasePlugin):  # type: ignore[misc]  # dbt-duckdb has no types
    """Holds the lake's write lock for the whole dbt run.

    dbt commits many times in one build; with one lock nobody writes in between, even if a build is
    started by hand.
    """

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        folder = plugin_config.get("folder")
        if not folder:
            raise SettingsInvalid(
                "the dbt profile does not say where the lake is; set plugins.config.folder"
            )
        self._folder = Path(folder)
        self._catalogue = Catalogue(self._folder, wait_limit_s=WAIT_LIMIT_S)
        self._held = ExitStack()

    def update_connection_config(self, creds: "DuckDBCredentials", config: dict[str, Any]) -> None:  # noqa: ARG002 - dbt-duckdb's signature
        config.update(connection_config(self._folder))

    def configure_connection(self, conn: "DuckDBPyConnection") -> None:
        self._held.enter_context(self._catalogue.hold())
        self._catalogue.attach_to(conn)
