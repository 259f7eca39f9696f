"""Compiled loops are read from disk by the next process, and never after the domain changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from nija_domain.features.columns import log_return
from nija_domain.features.history import feature_rows as history
from nija_domain.features.history.loops import digest_sources
from tests.fakes.candle_walks import random_walk
from tests.fakes.programs import ROOT

TELL = """
import numpy as np
from nija_domain.features.history import feature_rows as history
from nija_domain.market.candles import CandleHistory
ones = np.ones(3)
candles = CandleHistory("X/USD", np.arange(3), ones, ones, ones, np.exp(np.arange(3.0)), ones)
table = history.compute_features(candles, ("log_return",))
print(table.values[2, 0], sum(history._compile_fold(STEP).stats.cache_hits.values()))
""".replace("STEP", "history.features_named(('log_return',))[0].step")


def test_the_next_process_reads_what_this_one_compiled() -> None:
    """Made anew as another process would, the loop is found and compiles nothing."""
    candles = random_walk(bars=5, seed=1)
    history.compute_features(candles, ("log_return",))
    history._compile_fold.cache_clear()
    history.compute_features(candles, ("log_return",))
    loop = history._compile_fold(log_return.step)

    assert sum(loop.stats.cache_hits.values()) == 1
    assert not loop.stats.cache_misses


def _ask(folder: Path) -> tuple[float, int]:
    done = subprocess.run(
        [sys.executable, "-c", TELL],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    value, hits = done.stdout.split()
    return float(value), int(hits)


def test_an_edited_step_is_compiled_anew(tmp_path: Path) -> None:
    """The loop's own file is as it was: its cache alone would go on with the old step."""
    shutil.copytree(
        ROOT / "nija_domain", tmp_path / "nija_domain", ignore=shutil.ignore_patterns("__pycache__")
    )
    asked = [_ask(tmp_path), _ask(tmp_path)]
    step = tmp_path / "nija_domain" / "features" / "columns" / "log_return.py"
    step.write_text(
        step.read_text().replace(
            "= bar.log_close - previous if", "= 2 * bar.log_close - previous if"
        )
    )
    edited = _ask(tmp_path)

    assert asked == [(1.0, 0), (1.0, 1)]
    assert edited == (3.0, 0)


def test_any_python_file_counts(tmp_path: Path) -> None:
    """Its text, its name and its place; no other file does."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.py").write_text("one")
    seen = {digest_sources(tmp_path)}
    (tmp_path / "deep" / "a.pyc").write_text("compiled")
    assert {digest_sources(tmp_path)} == seen
    (tmp_path / "deep" / "a.py").write_text("two")
    seen.add(digest_sources(tmp_path))
    (tmp_path / "deep" / "a.py").rename(tmp_path / "deep" / "b.py")
    seen.add(digest_sources(tmp_path))
    (tmp_path / "deep" / "b.py").rename(tmp_path / "b.py")
    seen.add(digest_sources(tmp_path))

    assert len(seen) == 4


def test_a_step_from_elsewhere_is_not_kept() -> None:
    """The digest does not watch it."""

    def step(state: tuple[float, ...], _: object) -> tuple[tuple[float, ...], float]:
        return state, 0.0

    assert not hasattr(history._compile_fold(step)._cache, "_cache_file")
