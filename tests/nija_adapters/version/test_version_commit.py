"""Which code this is: from git where there is git, from the build's file where there is none."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from nija_adapters.version.commit import UNKNOWN, read_version
from tests.fakes.programs import ROOT


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with what the script reads and writes, and no git."""
    (tmp_path / "nija_adapters" / "version").mkdir(parents=True)
    shutil.copy(ROOT / "inject_git_metadata.sh", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def inject(tree: Path, **environ: str) -> dict[str, str]:
    """What the script left, as the version adapter finds it."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        ["/bin/sh", str(tree / "inject_git_metadata.sh")],
        env=told | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    left: dict[str, str] = json.loads(
        (tree / "nija_adapters" / "version" / "build.json").read_text()
    )
    return left


def commit_all(tree: Path) -> str:
    git = ["git", "-C", str(tree), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for arguments in (["init", "-q", "-b", "trunk"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *arguments], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return head.stdout.strip()


def test_without_git_everything_but_the_version_is_unknown(tree: Path) -> None:
    """It says so and does not fail the build."""
    left = inject(tree)

    assert left["commit"] == left["branch"] == UNKNOWN
    assert left["version"] != UNKNOWN
    assert "NIJA_BUILD_COMMIT=unknown" in (tree / ".env.build").read_text()


def test_with_git_the_commit_and_branch_are_the_checkouts(tree: Path) -> None:
    """And a second run says the same."""
    head = commit_all(tree)

    first, second = inject(tree), inject(tree)

    assert (first["commit"], first["branch"]) == (head, "trunk")
    assert first["release"] == second["release"] == f"nija-{first['version']}-{head[:12]}"


def test_build_arguments_come_first(tree: Path) -> None:
    """An image is told by its builder, who has the git that the image lacks."""
    left = inject(tree, GIT_COMMIT="c" * 40, GIT_BRANCH="shipped")

    assert (left["commit"], left["branch"]) == ("c" * 40, "shipped")


def test_the_adapter_reads_the_file_where_there_is_no_checkout(tree: Path) -> None:
    """The file counts without git; a checkout counts before the file."""
    built = tree / "nija_adapters" / "version" / "build.json"
    nothing = read_version(root=tree, built=built)
    inject(tree, GIT_COMMIT="c" * 40)
    from_file = read_version(root=tree, built=built)
    head = commit_all(tree)
    from_git = read_version(root=tree, built=built)

    assert nothing.commit == UNKNOWN
    assert from_file.commit == "c" * 40
    assert from_git.commit == head


def test_a_changed_checkout_says_so(tree: Path) -> None:
    """What is not committed has no commit of its own."""
    head = commit_all(tree)
    (tree / "pyproject.toml").write_text("changed")

    assert read_version(root=tree, built=tree / "none").commit == f"{head}-changed"


def test_an_unreadable_file_is_as_none(tree: Path) -> None:
    """A torn build file never stops a program from starting."""
    built = tree / "nija_adapters" / "version" / "build.json"
    built.write_text("{")

    assert read_version(root=tree, built=built).commit == UNKNOWN
