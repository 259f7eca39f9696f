"""Which code this is: told by git, by build arguments, by a note in an image, or not at all."""

import os
import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from nija_adapters.version.commit import Version, read_version
from nija_domain.errors import SettingsInvalid

ROOT = Path(__file__).parents[3]
SCRIPT = "inject_git_metadata.sh"
NOTE = "nija_adapters/version/build.json"
COMMITTED_S = 1_700_000_000


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A tree with the script and a version, as in an image."""
    tree = tmp_path / "it's a checkout"
    (tree / "nija_adapters" / "version").mkdir(parents=True)
    shutil.copy(ROOT / SCRIPT, tree)
    (tree / "pyproject.toml").write_text('[project]\nname = "nija"\nversion = "4.5.6"\n')
    (tree / ".gitignore").write_text(".env.build\nbuild.json\n")
    return tree


def _commit(checkout: Path, *, branch: str = "autumn") -> str:
    for arguments in (
        ("init", "-q", "-b", branch),
        ("add", "-A"),
        ("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "first"),
    ):
        subprocess.run(
            ["git", "-C", checkout, *arguments],
            env={**os.environ, "GIT_COMMITTER_DATE": f"{COMMITTED_S} +0500"},
            check=True,
        )
    head = subprocess.run(
        ["git", "-C", checkout, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    )
    return head.stdout.strip()


def _inject(checkout: Path, path: str = os.environ["PATH"], **variables: str) -> dict[str, str]:
    """The note that the script writes; both files say the same."""
    done = subprocess.run(
        ["/bin/sh", checkout / SCRIPT],
        env={"PATH": path, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")
    note = msgspec.json.decode((checkout / NOTE).read_bytes(), type=dict[str, str])
    lines = (checkout / ".env.build").read_text().splitlines()
    assert [line.split("=", 1)[1] for line in lines] == list(note.values())
    return note


@pytest.fixture
def path_without_git(tmp_path: Path) -> str:
    """A PATH with all that the script needs, and no git."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sed", "tr", "head", "dirname", "cat", "mv"):
        (folder / name).symlink_to(shutil.which(name) or name)
    return str(folder)


def test_a_commit_is_told_in_full(checkout: Path) -> None:
    """Version, build id, branch, both commits, and the commit's time in UTC."""
    commit = _commit(checkout)

    assert _inject(checkout) == {
        "version": "4.5.6",
        "build_id": f"nija-4.5.6+{commit[:12]}",
        "branch": "autumn",
        "commit": commit,
        "commit_short": commit[:12],
        "time": "2023-11-14T22:13:20Z",
    }


def test_the_second_run_writes_the_same(checkout: Path) -> None:
    """The files of the first run change nothing for the second, and no draft is left."""
    _commit(checkout)
    first = _inject(checkout)
    files = sorted(path for path in checkout.rglob("*") if ".git" not in path.parts)

    assert _inject(checkout) == first
    assert sorted(path for path in checkout.rglob("*") if ".git" not in path.parts) == files


def test_a_changed_checkout_is_no_commit(checkout: Path) -> None:
    """Whoever builds from changed files is told so."""
    commit = _commit(checkout)
    (checkout / "pyproject.toml").write_text('version = "4.5.7"\n')

    note = _inject(checkout)

    assert note["commit"] == f"{commit}-changed"
    assert note["build_id"] == f"nija-4.5.7+{commit[:12]}-changed"


@pytest.mark.parametrize("has_git", [True, False])
def test_without_git_it_is_unknown(checkout: Path, path_without_git: str, *, has_git: bool) -> None:
    """Neither a missing git nor a tree that is no checkout makes it fail."""
    note = _inject(checkout, os.environ["PATH"] if has_git else path_without_git)

    assert note == {
        "version": "4.5.6",
        "build_id": "nija-4.5.6+unknown",
        "branch": "unknown",
        "commit": "unknown",
        "commit_short": "unknown",
        "time": "unknown",
    }


def test_build_arguments_override(checkout: Path, path_without_git: str) -> None:
    """An image is told what git told its builder, with git and without."""
    found = {"GIT_BRANCH": "main", "GIT_COMMIT": "0123456789abcdef"}
    bare = _inject(checkout, path_without_git, **found)
    _commit(checkout)

    for note in (bare, _inject(checkout, **found)):
        assert (note["branch"], note["commit"]) == ("main", "0123456789abcdef")
        assert note["build_id"] == "nija-4.5.6+0123456789ab"


def test_no_name_breaks_the_files(checkout: Path) -> None:
    """Quotes, line ends and dollars of a branch name are left out."""
    note = _inject(checkout, GIT_BRANCH='a"b\n$(id)\\', GIT_COMMIT="c0ffee")

    assert note["branch"] == "abid"


def test_an_image_reads_its_note(checkout: Path) -> None:
    """Where there is no checkout the note speaks; in a checkout, which it may lag behind, git."""
    _inject(checkout, GIT_COMMIT="c0ffee")

    assert read_version(checkout) == Version(
        version="4.5.6", build_id="nija-4.5.6+c0ffee", branch="unknown", commit="c0ffee"
    )
    commit = _commit(checkout)
    asked = read_version(checkout)
    assert (asked.commit, asked.branch) == (commit, "autumn")
    assert asked.build_id == f"nija-{asked.version}+{commit[:12]}"


def test_a_changed_checkout_says_so_in_its_build_id(checkout: Path) -> None:
    """Nobody takes uncommitted code for the commit that it grew from."""
    commit = _commit(checkout)
    (checkout / "pyproject.toml").write_text("changed")
    asked = read_version(checkout)

    assert asked.build_id == f"nija-{asked.version}+{commit[:12]}-changed"


def test_a_spoilt_note_is_told(checkout: Path) -> None:
    """The error names the file and the remedy; no note at all is `unknown`."""
    assert read_version(checkout).commit == "unknown"
    (checkout / NOTE).write_text('{"version": 3}')

    with pytest.raises(SettingsInvalid, match=r"build\.json .* run inject_git_metadata\.sh"):
        read_version(checkout)
