"""dbt's connection to the lake holds the write lock for as long as dbt lives."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from nija_adapters.lake.lake import Lake
from nija_domain.errors import LakeBusy, SettingsInvalid
from tests.fakes.lake_pages import PAGE, whole

CONNECTED = """
import duckdb, sys
from nija_adapters.lake.dbt_plugin import Plugin
plugin, connection = Plugin("lake", {"folder": sys.argv[1]}), duckdb.connect()
plugin.configure_connection(connection)
print(connection.execute("SELECT count(*) FROM lake.candles").fetchall(), flush=True)
sys.stdin.read()
"""


def test_nobody_writes_beside_dbt(tmp_path: Path) -> None:
    """A writer finds the lake busy, a reader does not; when dbt's process is gone, both go on."""
    page = [whole("A/USD", pages=1)]
    command = [sys.executable, "-c", CONNECTED, str(tmp_path / "lake")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with Lake(tmp_path / "lake", wait_limit_s=0.1) as lake:
        before = lake.snapshot()
        with subprocess.Popen(command, **pipes, text=True) as dbt:
            assert dbt.stdout.readline() == "[(0,)]\n"

            with pytest.raises(LakeBusy):
                lake.append_candles(page, **PAGE)
            assert lake.snapshot() == before
            dbt.kill()
        assert lake.append_candles(page, **PAGE) == len(page[0])


def test_dbt_reaches_no_network(tmp_path: Path) -> None:
    """Its connection installs no extension and spills beside the lake."""
    from nija_adapters.lake.dbt_plugin import Plugin  # dbt: seconds, in one worker alone

    config: dict[str, str] = {}
    plugin = Plugin("lake", {"folder": str(tmp_path / "lake")})
    plugin.update_connection_config(None, config)  # type: ignore[arg-type]  # unused by ours

    with duckdb.connect(config=config) as connection:
        (autoinstall, spill), *_ = connection.execute(
            "SELECT current_setting('autoinstall_known_extensions'),"
            " current_setting('temp_directory')"
        ).fetchall()
        assert not autoinstall
        assert spill == str(tmp_path / "lake" / "spill")


def test_a_profile_without_a_folder_is_refused() -> None:
    """The error names the key."""
    from nija_adapters.lake.dbt_plugin import Plugin

    with pytest.raises(SettingsInvalid, match=r"plugins\.config\.folder"):
        Plugin("lake", {})
