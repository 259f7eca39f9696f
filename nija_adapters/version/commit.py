"""The version of the package and the commit it was made from; `unknown` where nobody knows.

A checkout is asked first, since a file from an earlier build would lie about it; an image without
git has the file that `inject_git_metadata.sh` left.
"""

import subprocess
from importlib import metadata
from pathlib import Path

import msgspec

UNKNOWN = "unknown"
GIT_TIMEOUT_S = 5
BUILD_FILE = Path(__file__).with_name("build.json")


class Version(msgspec.Struct, frozen=True):
    version: str
    commit: str


class Build(msgspec.Struct, frozen=True):
    """What a build wrote down; fields that a later version adds do no harm."""

    version: str
    commit: str


def read_version(*, root: Path = Path(__file__).parents[2], built: Path = BUILD_FILE) -> Version:
    build = _read_build(built)
    commit = _checkout_commit(root) or (build.commit if build else UNKNOWN)
    return Version(_package_version() or (build.version if build else UNKNOWN), commit)


def _read_build(path: Path) -> Build | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Build)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _package_version() -> str | None:
    try:
        return metadata.version("nija")
    except metadata.PackageNotFoundError:
        return None


def _checkout_commit(root: Path) -> str | None:
    """A checkout with changes of its own is no commit, and says so."""
    if not (root / ".git").exists():
        return None
    head = _git(root, "rev-parse", "HEAD")
    if head is None:
        return None
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
