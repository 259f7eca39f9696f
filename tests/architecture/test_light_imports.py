"""Loading stays light: what a process does not need, it does not pay for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {
    "nija_pipelines.definitions": {
        "anthropic",
        "ccxt",
        "dbt",
        "duckdb",
        "hmmlearn",
        "mlflow",
        "numba",
        "polars",
        "sklearn",
    },
    "executor.__main__": {
        "anthropic",
        "dagster",
        "dbt",
        "duckdb",
        "hmmlearn",
        "mlflow",
        "numba",
        "pandas",
        "polars",
        "scipy",
        "sklearn",
    },
    "gateway.__main__": {
        "anthropic",
        "ccxt",
        "dagster",
        "dbt",
        "duckdb",
        "hmmlearn",
        "mlflow",
        "numba",
        "pandas",
        "polars",
        "scipy",
        "sklearn",
    },
    "nija.__main__": {"ccxt", "dagster", "duckdb", "mlflow", "numba", "sklearn"},
    "simulator.__main__": {"ccxt", "dagster", "duckdb", "mlflow", "numba", "sklearn"},
}


def loaded_by(code: str) -> set[str]:
    """The top-level modules that a fresh process holds after running the code."""
    listing = "import json, sys; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{listing}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("module", HEAVY)
def test_a_program_loads_nothing_heavy(module: str) -> None:
    """Importing the program's root does not import its heavy neighbours."""
    assert loaded_by(f"import {module}") & HEAVY[module] == set()


def test_the_executor_stays_light_when_it_talks_to_a_venue() -> None:
    """Nor does the venue's client bring them, nor the other venues of ccxt."""
    code = "import executor.bootstrap as b; b.KrakenExchange(b.ExchangeSettings())"

    assert loaded_by(code) & HEAVY["executor.__main__"] == set()


def test_a_heavy_import_would_be_seen() -> None:
    """The probe sees a module that is loaded."""
    assert "polars" in loaded_by("import polars")


def test_our_executor_is_the_one_that_is_imported() -> None:
    """A distribution of the same name exists; ours is the one of this checkout."""
    import executor

    assert Path(executor.__file__).parent == ROOT / "executor"


def test_writing_new_candles_loads_no_pandas(tmp_path: Path) -> None:
    """Arrow would load it to see whether a column is one of pandas'; a comparison still does."""
    code = f"""
from pathlib import Path
from tests.fakes.lake_pages import PAGE, PAGE_BARS, whole
from nija_adapters.lake.lake import Lake
with Lake(Path({str(tmp_path)!r})) as lake:
    for page in whole("A/USD", pages=2).cut(PAGE_BARS), whole("B/USD", pages=1):
        lake.append_candles([page], **PAGE)
    assert lake.snapshot() > 0
"""

    assert loaded_by(code) & {"pandas", "polars"} == set()
