"""Which version of the code runs: version, build id, branch, commit."""

import subprocess
from importlib import metadata
from pathlib import Path

import msgspec

from nija_domain.errors import SettingsInvalid

ROOT = Path(__file__).parents[2]
UNKNOWN = "unknown"
GIT_TIMEOUT_S = 5
SHORT_DIGITS = 12
CHANGED = "-changed"


class Version(msgspec.Struct, frozen=True):
    """What is known of the running code; `unknown` for what is not."""

    version: str
    build_id: str
    branch: str
    commit: str


def read_version(root: Path = ROOT) -> Version:
    """From git in a checkout, else from the file that `inject_git_metadata.sh` wrote.

    In a checkout such a file is ignored, since it may be older than the code.
    """
    commit = _checkout_commit(root)
    if commit is None:
        return _read_note(root) or _version_of(commit=UNKNOWN, branch=UNKNOWN)
    return _version_of(
        commit=commit, branch=_git(root, "rev-parse", "--abbrev-ref", "HEAD") or UNKNOWN
    )


def _version_of(*, commit: str, branch: str) -> Version:
    version, changed = _package_version(), CHANGED if commit.endswith(CHANGED) else ""
    build_id = f"nija-{version}+{commit[:SHORT_DIGITS]}{changed}"
    return Version(version, build_id, branch, commit)


def _read_note(root: Path) -> Version | None:
    path = root / "nija_adapters" / "version" / "build.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Version)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise SettingsInvalid(
            f"{path} cannot be read: {error}; run inject_git_metadata.sh again, or delete the file"
        ) from error


def _package_version() -> str:
    try:
        return metadata.version("nija")
    except metadata.PackageNotFoundError:
        return UNKNOWN


def _checkout_commit(root: Path) -> str | None:
    """A checkout with changes of its own is no commit, and says so."""
    if not (root / ".git").exists():
        return None
    head = _git(root, "rev-parse", "HEAD")
    if head is None:
        return None
    return f"{head}{CHANGED}" if _git(root, "status", "--porcelain", "-uno") else head


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
