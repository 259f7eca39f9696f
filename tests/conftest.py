"""Which worker runs which tests, how many examples are tried, and what is done once a worker."""

import gc
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import is_hypothesis_test, settings

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/gateway/", "tests/nija_pipelines/warehouse/")
"""Folders whose files share one session."""

LONGEST = (
    "tests/scenarios/test_line.py",
    "tests/nija_pipelines/warehouse/",
    "tests/gateway/",
    "tests/storm/",
    "tests/nija/test_supervisor.py",
    "tests/scenarios/test_lake_storms.py",
    "tests/nija_domain/regimes/test_regime_labels.py",
    "tests/nija_pipelines/test_storage.py",
    "tests/nija/test_ingest.py",
    "tests/scenarios/test_bad_disks.py",
    "tests/scenarios/test_bad_start.py",
    "tests/nija/test_commands_as_processes.py",
    "tests/simulator/test_simulator_process.py",
    "tests/nija_pipelines/test_ingestion_pages.py",
    "tests/nija_pipelines/test_universe.py",
    "tests/executor/test_session_restarts.py",
    "tests/nija_pipelines/test_capital_assets.py",
    "tests/nija_adapters/model_registry/test_model_registry.py",
    "tests/nija/test_lake_commands.py",
)
"""Files and folders started first, so that no worker is left alone with one of them at the end."""

QUICK_EXAMPLES, WHOLE_EXAMPLES = 30, 100
"""How many examples a property is tried on that asks for no number of its own."""


def pytest_configure(config: pytest.Config) -> None:
    settings.register_profile("quick", max_examples=QUICK_EXAMPLES, deadline=None)
    settings.register_profile("whole", max_examples=WHOLE_EXAMPLES, deadline=None)
    settings.load_profile("whole" if _is_proof(config) else "quick")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`make prove` tries every property again, on more examples."""
    if _is_proof(config):
        for item in items:
            if is_hypothesis_test(getattr(item, "obj", None)):
                item.add_marker(pytest.mark.prove)
    items.sort(key=lambda item: _place_of(_file_of(item.nodeid)))


def pytest_collection_finish() -> None:
    """A worker has hundreds of libraries loaded, which no collection of garbage need look at.

    What a test leaves is soon the next one's: it need not be looked for after every 700 objects.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True, scope="session")
def migrations_read_once() -> Iterator[None]:
    """Each new instance of Dagster reads its forty migrations, to write down which is the newest.

    They are the same in every test, and reading them takes longer than most.
    """
    if "dagster" not in sys.modules:
        yield
        return
    from alembic.script import ScriptDirectory

    read, kept = ScriptDirectory.from_config, {}

    def read_once(config: Any) -> Any:
        place = config.get_main_option("script_location")
        if place not in kept:
            kept[place] = read(config)
        return kept[place]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", read_once)
        yield


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


def _is_proof(config: pytest.Config) -> bool:
    return config.option.markexpr == "prove"


def _place_of(file: str) -> int:
    """The place among the longest; behind them all for any other."""
    places = (place for place, name in enumerate(LONGEST) if file.startswith(name))
    return next(places, len(LONGEST))


def _file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]
