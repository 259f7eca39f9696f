"""The one map of NIJA_HOME: every path under it is named here and nowhere else."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from nija_domain.errors import SettingsInvalid

VARIABLE = "NIJA_HOME"
DEFAULT = Path(__file__).parents[2] / ".nija"


class Home(msgspec.Struct, frozen=True):
    """The folder of one installation. All state is in it, none in the repository."""

    folder: Path

    @property
    def journal(self) -> Path:
        return self.folder / "journal" / "journal.sqlite"

    @property
    def kill_file(self) -> Path:
        """While this file exists, everything is sold and nothing is bought."""
        return self.folder / "kill"

    @property
    def disarm_file(self) -> Path:
        """A person's word that a kill is over, until the executor has taken it."""
        return self.folder / "disarm"

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger" / "ledger.jsonl"

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def lake_catalogue(self) -> Path:
        return self.lake / "catalogue.sqlite"

    @property
    def releases(self) -> Path:
        return self.folder / "releases"

    def directives(self, channel: str) -> Path:
        return self.releases / "directives" / channel

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    @property
    def venue_key(self) -> Path:
        return self.keys / "venue.json"

    @property
    def venue(self) -> Path:
        """The folder of the simulated venue."""
        return self.folder / "venue"

    @property
    def venue_acts(self) -> Path:
        return self.venue / "acts.jsonl"

    @property
    def records(self) -> Path:
        return self.folder / "records"

    def record(self, *asset: str) -> Path:
        """The last result of an asset, by the parts of its key."""
        return self.records.joinpath(*asset[:-1], f"{asset[-1]}.json")

    @property
    def pictures(self) -> Path:
        return self.records / "pictures"

    @property
    def candidates(self) -> Path:
        return self.folder / "candidates"

    def study(self, venue: str) -> Path:
        return self.folder / "studies" / f"regimes-{venue}.json"

    @property
    def mlflow_store(self) -> str:
        """The address of MLflow's store."""
        return f"sqlite:///{self.folder / 'mlflow' / 'mlflow.db'}"

    @property
    def mlflow_artifacts(self) -> Path:
        return self.folder / "mlflow" / "artifacts"

    @property
    def dbt(self) -> Path:
        return self.folder / "dbt"

    def dbt_manifest(self, fingerprint: str) -> Path:
        return self.dbt / f"manifest-{fingerprint}.json"

    @property
    def dbt_build(self) -> Path:
        """The compiled statements, results and logs of the last dbt build."""
        return self.dbt / "build"

    @property
    def dagster(self) -> Path:
        return self.folder / "dagster"

    @property
    def dagster_settings(self) -> Path:
        return self.dagster / "dagster.yaml"

    @property
    def storage_lock(self) -> Path:
        return self.dagster / "storage.lock"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def log(self, service: str) -> Path:
        return self.logs / f"{service}.log"

    @property
    def up_lock(self) -> Path:
        return self.folder / "up.lock"

    @property
    def write_probe(self) -> Path:
        """A file written and deleted to test whether the folder is writable."""
        return self.folder / ".doctor"


def chosen_home(environ: Mapping[str, str]) -> Home:
    """The home that NIJA_HOME names, else `.nija`. An empty NIJA_HOME counts as not set."""
    return Home(Path(environ.get(VARIABLE) or DEFAULT).absolute())


def named_home(environ: Mapping[str, str]) -> Home:
    """The home that NIJA_HOME names; for processes that others start, which must be told."""
    if not environ.get(VARIABLE):
        raise SettingsInvalid(
            f"{VARIABLE} is not set; set it to the folder where Nija keeps its state"
        )
    return chosen_home(environ)
