"""A real MLflow store keeps runs, releases and aliases, and says nothing while it does."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from nija_adapters.model_registry.registry import ModelRegistry
from nija_domain.errors import NijaError, ReleaseInvalid
from nija_domain.learning.training_record import TrainingRecord

RECORD = TrainingRecord(
    name="regimes",
    started_us=1_600_000_000_000_000,
    ended_us=1_600_000_100_000_000,
    snapshot=42,
    commit="0123abc",
    seeds=(5, 6),
    parents=("r1",),
    params={"states": "3"},
    metrics={"log_likelihood_per_bar": -3.25, "adjusted_rand": 0.5},
    artifacts={"model.json": b'{"a": 1}', "pictures/confusion.bin": bytes(range(256))},
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def registry(folder: Path) -> ModelRegistry:
    return ModelRegistry(f"sqlite:///{folder}/store/mlflow.db", folder / "artifacts")


@pytest.fixture(scope="module")
def run_id(registry: ModelRegistry) -> str:
    return registry.log_training(RECORD)


def test_a_run_can_be_made_again_from_its_record(
    registry: ModelRegistry, run_id: str, folder: Path
) -> None:
    """Lineage, parameters, metrics and files of a run are stored as they were given."""
    with closing(sqlite3.connect(folder / "store" / "mlflow.db")) as store:
        tags = dict(store.execute("SELECT key, value FROM tags"))
        params = dict(store.execute("SELECT key, value FROM params"))
        metrics = dict(store.execute("SELECT key, value FROM metrics"))
        runs = store.execute("SELECT run_uuid, status, start_time, end_time FROM runs").fetchall()

    assert runs == [(run_id, "FINISHED", 1_600_000_000_000, 1_600_000_100_000)]
    assert tags | {"mlflow.runName": "regimes"} == {
        "data_snapshot": "42",
        "mlflow.source.git.commit": "0123abc",
        "seeds": "5 6",
        "parents": "r1",
        "mlflow.runName": "regimes",
    }
    assert (params, metrics) == (dict(RECORD.params), dict(RECORD.metrics))
    for name, content in RECORD.artifacts.items():
        assert registry.read_file(run_id, name) == content


def test_the_page_shows_its_runs_as_trainings(run_id: str, folder: Path) -> None:
    """Also where the experiment was made before it said so."""
    with closing(sqlite3.connect(folder / "store" / "mlflow.db")) as store, store:
        made = store.execute("SELECT value FROM experiment_tags").fetchall()
        store.execute("DELETE FROM experiment_tags")
    again = ModelRegistry(f"sqlite:///{folder}/store/mlflow.db", folder / "artifacts")
    other_run_id = again.log_training(RECORD)
    with closing(sqlite3.connect(folder / "store" / "mlflow.db")) as store:
        found = store.execute("SELECT key, value FROM experiment_tags").fetchall()

    assert run_id != other_run_id
    assert made == [("custom_model_development",)]
    assert found == [("mlflow.experimentKind", "custom_model_development")]


def test_an_alias_moves_from_release_to_release(registry: ModelRegistry, run_id: str) -> None:
    """The champion is whichever release the alias was set to last, and roll-back is one call."""
    assert registry.version_by_alias("moves", "champion") is None
    versions = [
        registry.register_release(
            name="moves", release_id=release_id, run_id=run_id, content=release_id.encode()
        )
        for release_id in ("r1", "r2")
    ]
    champions = []
    for version in (*versions, versions[0]):
        registry.set_alias("moves", "champion", version)
        champions.append(registry.version_by_alias("moves", "champion"))

    assert versions == [1, 2]
    assert [champion.release_id for champion in champions] == ["r1", "r2", "r1"]
    assert registry.read_release(champions[1]) == b"r2"
    assert champions[0].run_id == run_id
    assert registry.version_by_alias("moves", "canary") is None


def test_a_release_is_registered_once(registry: ModelRegistry, run_id: str) -> None:
    """The same release keeps its version; another content under its id is refused."""
    release = {"name": "once", "release_id": "r7", "run_id": run_id}
    versions = [registry.register_release(**release, content=b"{}") for _ in range(2)]

    assert versions == [1, 1]
    with pytest.raises(ReleaseInvalid, match="content of r7 is not what was registered"):
        registry.register_release(**release, content=b"{ }")


def test_a_changed_file_is_noticed(registry: ModelRegistry, run_id: str, folder: Path) -> None:
    """A release whose file was touched on disk cannot be read."""
    version = registry.register_release(
        name="touched", release_id="r9", run_id=run_id, content=b"whole"
    )
    registry.set_alias("touched", "champion", version)
    (file,) = folder.rglob("r9.json")
    file.write_bytes(b"hole")

    with pytest.raises(ReleaseInvalid, match="version 1 of touched"):
        registry.read_release(registry.version_by_alias("touched", "champion"))


def test_refusals_name_what_is_wrong(registry: ModelRegistry, run_id: str) -> None:
    """A version, a run or a file name that cannot be is an error in our words."""
    with pytest.raises(NijaError, match=r"model registry refused: .*nowhere"):
        registry.set_alias("nowhere", "champion", 1)
    with pytest.raises(NijaError, match="no-such-run"):
        registry.register_release(name="x", release_id="r", run_id="no-such-run", content=b"")
    with pytest.raises(NijaError, match="leads out of the run's folder"):
        registry.register_release(name="x", release_id="../../r", run_id=run_id, content=b"")
    with pytest.raises(NijaError, match="leads out of the run's folder"):
        registry.log_training(msgspec.structs.replace(RECORD, artifacts={"../x": b""}))
    with pytest.raises(NijaError, match="model registry refused"):
        registry.read_file(run_id, "missing.json")


READ_QUIETLY = """
import sys
from pathlib import Path
from nija_adapters.model_registry.registry import ModelRegistry
assert "mlflow" not in sys.modules
registry = ModelRegistry(sys.argv[1], Path(sys.argv[2]))
print(registry.version_by_alias("quiet", "champion"))
from mlflow.telemetry import get_telemetry_client
assert get_telemetry_client() is None
"""


def test_another_process_reads_in_silence(folder: Path, registry: ModelRegistry) -> None:
    """MLflow loads only when it is used, logs nothing and reports to nobody."""
    registry.version_by_alias("quiet", "champion")
    uri = f"sqlite:///{folder}/store/mlflow.db"
    done = subprocess.run(
        [sys.executable, "-c", READ_QUIETLY, uri, str(folder / "artifacts")],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},  # MLflow knows tests by these
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "None\n", "")
