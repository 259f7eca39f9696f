"""Training runs and releases in MLflow."""

import hashlib
import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from nija_domain.errors import NijaError, ReleaseInvalid
from nija_domain.learning.training_record import RegisteredRelease, TrainingRecord

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

EXPERIMENT = "nija"
KIND_TAG, KIND = "mlflow.experimentKind", "custom_model_development"
"""MLflow's page shows the runs of such an experiment as trainings, and not as chats."""
RELEASE_FOLDER = "releases"
SQLITE_SCHEME = "sqlite:///"


class ModelRegistry:
    """One MLflow store and the folder of its files.

    The client is created at its first use: importing MLflow takes seconds, and so does a new store.
    """

    def __init__(self, tracking_uri: str, artifact_folder: Path) -> None:
        self._tracking_uri = tracking_uri
        self._artifact_folder = artifact_folder.absolute()
        # MLflow reads these while it is imported, which must not have happened yet
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
        logging.getLogger("alembic").setLevel(logging.WARNING)

    def log_training(self, record: TrainingRecord) -> str:
        """Store numbers and files of a training; returns the run's id."""
        from mlflow.entities import Metric, Param

        _check_file_names(record.artifacts)
        ended_ms = record.ended_us // 1_000
        with _translated():
            run_id: str = self._client.create_run(
                self._experiment_id,
                run_name=record.name,
                start_time=record.started_us // 1_000,
                tags=_lineage_tags(record),
            ).info.run_id
            self._client.log_batch(
                run_id,
                metrics=[
                    Metric(name, value, ended_ms, 0) for name, value in record.metrics.items()
                ],
                params=[Param(name, value) for name, value in record.params.items()],
            )
            self._store_files(run_id, record.artifacts)
            self._client.set_terminated(run_id, end_time=ended_ms)
        return run_id

    def register_release(self, *, name: str, release_id: str, run_id: str, content: bytes) -> int:
        """Register the release; returns its version. The same release keeps its version."""
        digest = hashlib.sha256(content).hexdigest()
        with _translated():
            for known in self._releases(name):
                if known.release_id == release_id:
                    _check_digest(known, digest)
                    return known.version
            path = f"{RELEASE_FOLDER}/{release_id}.json"
            _check_file_names([path])
            self._store_files(run_id, {path: content})
            version = self._client.create_model_version(
                name,
                source=f"{self._client.get_run(run_id).info.artifact_uri}/{path}",
                run_id=run_id,
                tags={"release_id": release_id, "content_sha256": digest},
            )
        return int(version.version)

    def set_alias(self, name: str, alias: str, version: int) -> None:
        """Point the alias at this version only."""
        with _translated():
            self._client.set_registered_model_alias(name, alias, str(version))

    def version_by_alias(self, name: str, alias: str) -> RegisteredRelease | None:
        """The release that the alias points at; None if it was never set."""
        with _translated():
            for model in self._client.search_registered_models(f"name = '{name}'"):
                if alias in model.aliases:
                    return _release(self._client.get_model_version(name, model.aliases[alias]))
        return None

    def data_snapshots(self) -> frozenset[int]:
        """The lake snapshot of each run."""
        if self._is_new:
            return frozenset()
        with _translated():
            experiment = self._client.get_experiment_by_name(EXPERIMENT)
            runs = self._runs(experiment.experiment_id) if experiment else ()
            return frozenset(
                int(run.data.tags["data_snapshot"])
                for run in runs
                if "data_snapshot" in run.data.tags
            )

    def read_release(self, release: RegisteredRelease) -> bytes:
        """The registered content of the release, checked against its hash."""
        content = self.read_file(release.run_id, f"{RELEASE_FOLDER}/{release.release_id}.json")
        _check_digest(release, hashlib.sha256(content).hexdigest())
        return content

    def read_file(self, run_id: str, name: str) -> bytes:
        """A file of a training run."""
        with _translated(), TemporaryDirectory() as folder:
            return Path(self._client.download_artifacts(run_id, name, folder)).read_bytes()

    @property
    def _is_new(self) -> bool:
        """A store that nobody wrote to is not made only to find it empty."""
        path = self._tracking_uri.removeprefix(SQLITE_SCHEME)
        return self._tracking_uri.startswith(SQLITE_SCHEME) and not Path(path).exists()

    def _runs(self, experiment_id: str) -> Iterator["Run"]:
        token: str | None = ""
        while token is not None:
            page = self._client.search_runs([experiment_id], page_token=token or None)
            yield from page
            token = page.token or None

    @cached_property
    def _client(self) -> "MlflowClient":
        from mlflow import MlflowClient

        # set up anew by MLflow's own import, whatever the environment says
        logging.getLogger("mlflow").setLevel(logging.WARNING)
        if self._tracking_uri.startswith(SQLITE_SCHEME):
            database = Path(self._tracking_uri.removeprefix(SQLITE_SCHEME))
            database.parent.mkdir(parents=True, exist_ok=True)
        return MlflowClient(self._tracking_uri, registry_uri=self._tracking_uri)

    @cached_property
    def _experiment_id(self) -> str:
        known = self._client.get_experiment_by_name(EXPERIMENT)
        if known is None:
            location = self._artifact_folder.as_uri()
            made = self._client.create_experiment(
                EXPERIMENT, artifact_location=location, tags={KIND_TAG: KIND}
            )
            return str(made)
        if KIND_TAG not in known.tags:
            self._client.set_experiment_tag(known.experiment_id, KIND_TAG, KIND)
        return str(known.experiment_id)

    def _releases(self, name: str) -> list[RegisteredRelease]:
        """Every version under this name, which is made where it is new."""
        if not self._client.search_registered_models(f"name = '{name}'"):
            self._client.create_registered_model(name)
        return [
            _release(version) for version in self._client.search_model_versions(f"name = '{name}'")
        ]

    def _store_files(self, run_id: str, files: Mapping[str, bytes]) -> None:
        with TemporaryDirectory() as folder:
            for name, content in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            self._client.log_artifacts(run_id, folder)


def _check_file_names(names: Iterable[str]) -> None:
    for name in names:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise NijaError(f"{name!r} leads out of the run's folder; use a plain name")


def _lineage_tags(record: TrainingRecord) -> dict[str, str]:
    return {
        "data_snapshot": str(record.snapshot),
        "mlflow.source.git.commit": record.commit,
        "seeds": " ".join(map(str, record.seeds)),
        "parents": " ".join(record.parents),
    }


def _release(version: "ModelVersion") -> RegisteredRelease:
    return RegisteredRelease(
        name=version.name,
        version=int(version.version),
        release_id=version.tags["release_id"],
        run_id=version.run_id,
        content_sha256=version.tags["content_sha256"],
    )


def _check_digest(release: RegisteredRelease, digest: str) -> None:
    if digest != release.content_sha256:
        raise ReleaseInvalid(
            f"the content of {release.release_id} is not what was registered as version"
            f" {release.version} of {release.name}; a changed release needs an id of its own"
        )


@contextmanager
def _translated() -> Iterator[None]:
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise NijaError(
            f"the model registry refused: {error.message}; see which names, versions and runs"
            " exist in its page"
        ) from error
