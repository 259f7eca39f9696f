"""The version of the package and the commit of the checkout, `unknown` where there is none."""

import subprocess
from importlib import metadata
from pathlib import Path

import msgspec

UNKNOWN = "unknown"
GIT_TIMEOUT_S = 5


class Version(msgspec.Struct, frozen=True):
    version: str
    commit: str


def read_version() -> Version:
    return Version(_package_version(), _checkout_commit())


def _package_version() -> str:
    try:
        return metadata.version("nija")
    except metadata.PackageNotFoundError:
        return UNKNOWN


def _checkout_commit() -> str:
    """A checkout with changes of its own is no commit, and says so."""
    root = Path(__file__).parents[2]
    head = _git(root, "rev-parse", "HEAD")
    if head is None:
        return UNKNOWN
    return f"{head}-changed" if _git(root, "status", "--porcelain", "-uno") else head


def _git(root: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", "-C", str(root), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            timeout=GIT_TIMEOUT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
