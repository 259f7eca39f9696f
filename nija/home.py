"""Prepares NIJA_HOME, with Dagster's home inside."""

from contextlib import suppress
from pathlib import Path

from nija_adapters.home.places import Home
from nija_domain.errors import PlaceUnusable

__all__ = ["ROOT", "Home", "environment_of", "prepare_home"]

ROOT = Path(__file__).parents[1]


def prepare_home(folder: Path) -> Home:
    """Create the folders that are missing."""
    home = Home(folder.resolve())
    try:
        for place in (home.dagster, home.logs, home.journal.parent):
            place.mkdir(parents=True, exist_ok=True)
        link = home.dagster_settings
        if not link.exists():
            link.unlink(missing_ok=True)
            with suppress(FileExistsError):  # another process has made it in this moment
                link.symlink_to(ROOT / "dagster.yaml")
    except OSError as error:
        raise PlaceUnusable(
            f"{home.folder} cannot be written ({error.strerror}); allow this user to write there,"
            " or set NIJA_HOME to another folder"
        ) from error
    return home


def environment_of(home: Home) -> dict[str, str]:
    """The environment variables of every process of this home; telemetry is off."""
    return {
        "NIJA_HOME": str(home.folder),
        "NIJA_CONFIG": str(ROOT / "config"),
        "DAGSTER_HOME": str(home.dagster),
        "DO_NOT_TRACK": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
