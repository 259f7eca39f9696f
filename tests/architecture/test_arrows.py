"""The arrows between rooms hold, and each contract catches a planted import."""

import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "nija",
    "storm",
    "nija_pipelines",
    "executor",
    "gateway",
    "simulator",
    "nija_adapters",
    "nija_domain",
)


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = (
        "import sys; sys.path.insert(0, '.');"
        "from importlinter.cli import lint_imports_command as run; run()"
    )
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The packages and the contracts, free to be broken."""
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_the_arrows_hold() -> None:
    """Every contract is kept."""
    checked = lint_imports(ROOT)

    assert checked.returncode == 0, checked.stdout


PLANTS = {
    "Rooms stand above each other": ("nija_domain/market/money.py", "import nija_adapters"),
    "A station imports only stations before its own": (
        "nija_domain/market/money.py",
        "def f():\n    from nija_domain.trading import core",
    ),
    "The simulated venue knows the domain only": (
        "simulator/__init__.py",
        "import nija_adapters.clock",
    ),
    "Only the roots name an adapter": ("executor/turn.py", "import nija_adapters.clock"),
    "Adapters do not know each other": (
        "nija_adapters/clock/__init__.py",
        "def f():\n    import nija_adapters.journal",
    ),
    "Assets meet by key": (
        "nija_pipelines/defs/market/candles.py",
        "from nija_pipelines.defs import features",
    ),
    "Nothing heavy reaches the executor": ("executor/turn.py", "def f():\n    import dagster"),
    "The gateway only reads and stays light": (
        "gateway/bootstrap.py",
        "def f():\n    import nija_adapters.journal.writer",
    ),
    "Candidates have no door to the venue": (
        "nija_domain/trading/candidates.py",
        "from nija_domain.trading.commands import SendOrder",
    ),
}

OFFLINE = "Nothing offline reaches the executor, the gateway or the decision core"
WORLDS = "No generated market reaches the executor or the gateway"
OFFLINE_PLANTS = {
    "a history in the core": (
        OFFLINE,
        "nija_domain/trading/core.py",
        "from nija_domain.universe.history import symbol_metrics",
    ),
    "a fit in the core": (
        OFFLINE,
        "nija_domain/trading/core.py",
        "from nija_domain.regimes.fitting import flat",
    ),
    "learning in the executor": (
        OFFLINE,
        "executor/turn.py",
        "def f():\n    from nija_domain.learning import calibration",
    ),
    "the governor's records in the gateway": (
        OFFLINE,
        "gateway/watch.py",
        "from nija_domain.allocation import agent_records",
    ),
    "a fit in a read-model": (
        OFFLINE,
        "nija_domain/statements/account.py",
        "from nija_domain.regimes.fitting import kernel",
    ),
    "a generated market in the executor": (
        WORLDS,
        "executor/turn.py",
        "def f():\n    from nija_domain.worlds import regime_switching",
    ),
}


@pytest.mark.parametrize("contract", PLANTS)
def test_a_planted_import_breaks_its_contract(contract: str, copy: Path) -> None:
    """The contract that should break is reported as broken."""
    place, text = PLANTS[contract]
    path = copy / place
    path.write_text(f"{path.read_text()}\n{text}\n")

    checked = lint_imports(copy)

    assert checked.returncode == 1
    assert f"{contract} BROKEN" in checked.stdout


@pytest.mark.parametrize("plant", OFFLINE_PLANTS)
def test_an_offline_import_is_caught_wherever_it_stands(plant: str, copy: Path) -> None:
    """Whole packages are forbidden, so that a new module in one of them is as well."""
    contract, place, text = OFFLINE_PLANTS[plant]
    path = copy / place
    path.write_text(f"{path.read_text()}\n{text}\n")

    checked = lint_imports(copy)

    assert checked.returncode == 1
    assert f"{contract} BROKEN" in checked.stdout


def test_every_station_after_statements_is_forbidden_to_the_executor() -> None:
    """Also one whose first file comes later: the order lists it, and so must the contracts."""
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    order = contracts["importlinter:contract:stations"]["layers"].split()
    later = {name.strip("()") for name in order[: order.index("statements")]}
    forbidden = {
        name.removeprefix("nija_domain.")
        for contract in ("offline", "worlds")
        for name in contracts[f"importlinter:contract:{contract}"]["forbidden_modules"].split()
    }
    there = {name for name in later if (ROOT / "nija_domain" / name).is_dir()}

    assert there <= forbidden
    assert {"learning", "worlds", "evolution"} <= there


def test_an_offline_package_is_caught_at_any_depth(copy: Path) -> None:
    """A package named `history` inside another one of its station."""
    inner = copy / "nija_domain/regimes/deep/history"
    inner.mkdir(parents=True)
    for folder in (inner, inner.parent):
        (folder / "__init__.py").write_text("")
    path = copy / "executor/turn.py"
    path.write_text(f"{path.read_text()}\nfrom nija_domain.regimes.deep import history\n")

    checked = lint_imports(copy)

    assert checked.returncode == 1
    assert f"{OFFLINE} BROKEN" in checked.stdout


def test_a_station_without_a_place_breaks_the_contract(copy: Path) -> None:
    """A new folder of the domain must be given its place in the order."""
    (copy / "nija_domain/astrology").mkdir()
    (copy / "nija_domain/astrology/__init__.py").write_text("")

    checked = lint_imports(copy)

    assert checked.returncode == 1
    assert "astrology" in checked.stdout


def test_a_clock_in_the_domain_is_refused_by_the_linter(copy: Path) -> None:
    """The banned calls are banned where they stand, whatever they are imported as."""
    shutil.copy(ROOT / "pyproject.toml", copy)
    shutil.copy(ROOT / "nija_domain/ruff.toml", copy / "nija_domain/ruff.toml")
    door = copy / "nija_domain/market/door.py"
    door.write_text(
        "from datetime import datetime as d\nimport numpy as np\n\n"
        "now = d.now()\nrng = np.random.default_rng(1)\n"
    )

    checked = subprocess.run(
        [Path(sys.executable).parent / "ruff", "check", "--select", "TID251", door],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 1
    assert "datetime.datetime.now" in checked.stdout
    assert "numpy.random.default_rng" in checked.stdout
