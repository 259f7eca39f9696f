"""Where state lies: NIJA_HOME, with Dagster's home inside and the root's dagster.yaml linked in."""

from contextlib import suppress
from pathlib import Path

import msgspec

from nija_domain.errors import PlaceUnusable

ROOT = Path(__file__).parents[1]


class Home(msgspec.Struct, frozen=True):
    """One installation's state; nothing of it lands in the repository."""

    folder: Path

    @property
    def dagster(self) -> Path:
        return self.folder / "dagster"

    @property
    def journal(self) -> Path:
        return self.folder / "journal" / "journal.sqlite"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def record(self, asset: str) -> Path:
        return self.folder / "records" / f"{asset}.json"


def prepare_home(folder: Path) -> Home:
    """Creates what is missing; a home that exists stays as it is."""
    home = Home(folder.resolve())
    try:
        for place in (home.dagster, home.logs, home.journal.parent):
            place.mkdir(parents=True, exist_ok=True)
        link = home.dagster / "dagster.yaml"
        if not link.exists():
            link.unlink(missing_ok=True)
            with suppress(FileExistsError):  # another process has made it in this moment
                link.symlink_to(ROOT / "dagster.yaml")
    except OSError as error:
        raise PlaceUnusable(
            f"{home.folder} cannot be written ({error.strerror}); give this user the right,"
            " or set NIJA_HOME to another folder"
        ) from error
    return home


def environment_of(home: Home) -> dict[str, str]:
    """What every process of this home is told; telemetry is off."""
    return {
        "NIJA_HOME": str(home.folder),
        "NIJA_CONFIG": str(ROOT / "config"),
        "DAGSTER_HOME": str(home.dagster),
        "DO_NOT_TRACK": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
