"""What the installation compiles is all that a training needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.programs import ROOT

TRAINING = """
from simulator.settings import SimulatorSettings
from tests.fakes.releases import train_content

train_content(SimulatorSettings(seed=5, symbols=("BTC/USD", "ETH/USD"), history_bars=400))
"""


def run(cache: Path, *arguments: str) -> set[str]:
    """The compiled loops that lie there afterwards."""
    environ = {**os.environ, "NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, *arguments], cwd=ROOT, env=environ, check=True)
    return {path.name for path in cache.rglob("*.nbc")}


@pytest.mark.prove
def test_a_training_after_the_installation_compiles_nothing(tmp_path: Path) -> None:
    """Another process finds every loop on disk."""
    ahead = run(tmp_path, "-m", "nija.running.compile_ahead")

    assert ahead
    assert run(tmp_path, "-c", TRAINING) == ahead
