"""Which worker runs which tests: a file's tests stay together, and the longest files begin."""

import gc
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/gateway/", "tests/nija_pipelines/warehouse/")
"""Folders whose files share one session."""

LONGEST = (
    "tests/scenarios/test_line.py",
    "tests/nija_pipelines/warehouse/test_warehouse_build.py",
    "tests/nija_domain/regimes/test_regime_labels.py",
    "tests/scenarios/test_lake_storms.py",
    "tests/executor/test_session_restarts.py",
    "tests/nija_pipelines/test_candles_quality.py",
    "tests/nija/test_ingest.py",
)
"""Started first, so that no worker is left alone with one of them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(_file_of(item.nodeid), len(places)))


def pytest_collection_finish() -> None:
    """A worker has hundreds of libraries loaded, which no collection of garbage need look at."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> "LoadScopeScheduling":
    """The groups of `--dist loadgroup` are lost on this pytest: the demo would be played twice."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = _file_of(nodeid)
            return next((folder for folder in TOGETHER if file.startswith(folder)), file)

    config.option.loadscopereorder = False
    return ByFile(config, log)


def _file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]
