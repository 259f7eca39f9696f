"""The shape of the house holds, and each check catches a planted fault."""

import subprocess
from pathlib import Path

import pytest

from tests.architecture import house

ROOT = Path(__file__).parents[2]


def test_every_folder_of_the_root_is_a_known_room() -> None:
    """A new folder must be given a place in the list of rooms."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    files = listed.stdout.splitlines()
    folders = sorted({name.split("/")[0] for name in files if "/" in name})

    assert house.find_unknown_rooms(folders) == []


def test_a_folder_without_a_place_is_caught() -> None:
    """The list of rooms refuses a name that it does not hold."""
    assert house.find_unknown_rooms(["executor", "helpers"]) == ["helpers"]


@pytest.mark.parametrize(
    "check",
    [
        house.find_python_in_mlflow,
        house.find_long_bodies,
        house.find_long_files,
        house.find_vague_names,
        house.find_double_classes,
        house.find_domain_doors,
        house.find_paths_beside_the_map,
    ],
)
def test_the_house_keeps_its_shape(check) -> None:  # noqa: ANN001
    """No file breaks the rule."""
    assert check(ROOT) == []


PLANTS = {
    "a module in mlflow": (house.find_python_in_mlflow, "mlflow/__init__.py", ""),
    "a body of 41 lines": (
        house.find_long_bodies,
        "executor/long.py",
        "def long():\n" + "    x = 1\n" * 41,
    ),
    "a file of 341 lines": (house.find_long_files, "nija/long.py", "x = 1\n" * 341),
    "a drawer named utils": (house.find_vague_names, "nija/utils.py", "x = 1\n"),
    "a module that says nothing alone": (house.find_vague_names, "nija/training.py", "x = 1\n"),
    "two classes of one name": (
        house.find_double_classes,
        "nija_adapters/journal/words.py",
        "class Verdict: ...\n\n\nclass Verdict: ...\n",
    ),
    "an open file": (house.find_domain_doors, "nija_domain/market/door.py", "open('x')\n"),
    "a print": (house.find_domain_doors, "nija_domain/market/door.py", "print('x')\n"),
    "polars in the domain": (
        house.find_domain_doors,
        "nija_domain/market/door.py",
        "import polars\n",
    ),
    "numba in a live module": (
        house.find_domain_doors,
        "nija_domain/trading/core.py",
        "def f():\n    import numba\n",
    ),
    "a path joined beside the map of the home": (
        house.find_paths_beside_the_map,
        "nija/door.py",
        "def f(home):\n    return home / 'journal' / 'journal.sqlite'\n",
    ),
    "a path of the home in an f-string": (
        house.find_paths_beside_the_map,
        "nija/door.py",
        "def f(home):\n    return f'{home}/journal/journal.sqlite'\n",
    ),
    "a path of the home added up": (
        house.find_paths_beside_the_map,
        "executor/door.py",
        "def f(home):\n    return str(home) + '/ledger/ledger.jsonl'\n",
    ),
    "a path of the home in one call": (
        house.find_paths_beside_the_map,
        "nija_pipelines/door.py",
        "from pathlib import Path\n\nLAKE = Path('/state', 'lake')\n",
    ),
    "the environment": (
        house.find_domain_doors,
        "nija_domain/market/door.py",
        "from os import environ\n",
    ),
}


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_fault_is_caught(name: str, tmp_path: Path) -> None:
    """Each check sees its fault when the fault is there."""
    check, place, text = PLANTS[name]
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_text(text)

    assert check(tmp_path) != []


def test_numba_is_welcome_in_an_offline_module(tmp_path: Path) -> None:
    """The offline modules may use the offline libraries."""
    path = tmp_path / "nija_domain/features/history/feature_rows.py"
    path.parent.mkdir(parents=True)
    path.write_text("import numba\n")

    assert house.find_domain_doors(tmp_path) == []


def test_a_file_of_the_checkout_is_no_path_of_the_home(tmp_path: Path) -> None:
    """`ROOT / "mlflow"` is the folder of the repository, though the home has one of that name."""
    path = tmp_path / "nija/door.py"
    path.parent.mkdir(parents=True)
    path.write_text("ROOT = 1\nSTART = ROOT / 'mlflow'\n")

    assert house.find_paths_beside_the_map(tmp_path) == []
