"""One home for the tests of the warehouse: preparing it takes dbt seconds."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="package")
def warehouse_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose processes import the packages of this checkout."""
    home = tmp_path_factory.mktemp("warehouse")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIJA_HOME", os.fspath(home))
        patch.setenv("NIJA_CONFIG", os.fspath(ROOT / "config"))
        patch.setenv("DAGSTER_HOME", os.fspath(home / "dagster"))
        patch.setenv("PYTHONPATH", os.fspath(ROOT))
        (home / "dagster").mkdir()
        (home / "dagster" / "dagster.yaml").symlink_to(ROOT / "dagster.yaml")
        yield home
