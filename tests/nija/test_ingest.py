"""`nija ingest` against the simulated venue: a real venue, a real lake, killed and gone on with."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from nija_adapters.lake.lake import Lake
from nija_domain.market.candles import CandleHistory
from nija_domain.market.timeframes import MINUTE_US
from simulator.settings import SimulatorSettings
from tests.fakes.commands import nija
from tests.fakes.programs import ROOT
from tests.fakes.releases import venue_histories
from tests.fakes.venue_process import running_venue

BAR_US = 5 * MINUTE_US
LOT = 1.5e-8
BEGIN = "2024-01-01"
THIRD = 3
SYMBOLS = ("BTC/USD", "ETH/USD")
SETTINGS = SimulatorSettings(seed=6, history_bars=1_500, symbols=SYMBOLS, speed=1.0)
FLAGS = (
    *("--seed", "6", "--history-bars", "1500", "--speed", "1"),
    *("--symbols", ",".join(SYMBOLS)),
)


def _environ(url: str) -> dict[str, str]:
    return {
        "NIJA_PIPELINES_VENUE_URL": url,
        "NIJA_PIPELINES_SYMBOLS": ",".join(SYMBOLS),
        "NIJA_PIPELINES_REQUESTS_PER_SECOND_MAX": "20",
        "NIJA_PIPELINES_HISTORY_BARS": "900",
    }


def _start(home: Path, url: str, *arguments: str) -> subprocess.Popen[str]:
    """As a process of its own, which can be killed."""
    return subprocess.Popen(
        [sys.executable, "-m", "nija", "ingest", *arguments],
        cwd=ROOT,
        env={**os.environ, "NIJA_HOME": str(home), **_environ(url)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _ingest(home: Path, url: str, *arguments: str) -> list[dict[str, Any]]:
    done = nija("ingest", "--json", *arguments, home=home, environ=_environ(url))

    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _stored(home: Path, symbol: str) -> CandleHistory:
    with Lake(home / "lake") as lake:
        return lake.read_candles(
            [symbol], venue="simulated", timeframe_us=BAR_US, snapshot=lake.snapshot()
        )[symbol]


def _expect_the_venues_own(home: Path) -> None:
    """Every closed bar since the world began: prices to the bit, volumes to a lot."""
    for symbol, history in venue_histories(SETTINGS).items():
        stored = _stored(home, symbol)

        assert stored.ts_us.tolist() == history.ts_us.tolist()
        for name in ("open", "high", "low", "close"):
            assert getattr(stored, name).tolist() == getattr(history, name).tolist()
        assert np.allclose(stored.volume, history.volume, rtol=0.0, atol=LOT)


def test_what_is_missing_is_fetched_once(tmp_path: Path) -> None:
    """A new series begins 900 bars back; all before, when asked for, by trades; then nothing."""
    with running_venue(*FLAGS) as url:
        near = _ingest(tmp_path, url)
        far = _ingest(tmp_path, url, "--since", BEGIN)
        with Lake(tmp_path / "lake") as lake:
            snapshot = lake.snapshot()
        again = _ingest(tmp_path, url, "--since", BEGIN)

    found = [[(p["missing_bars"], p["written"]) for p in run] for run in (near, far, again)]
    # The venue tells whole seconds: in its first one, 900 bars back is the open of a bar.
    first = near[0]["missing_bars"]
    assert first in (899, 900)
    assert found == [[(first, first)] * 2, [(1_500 - first, 1_500 - first)] * 2, [(0, 0)] * 2]
    with Lake(tmp_path / "lake") as lake:
        assert lake.snapshot() == snapshot
    _expect_the_venues_own(tmp_path)


def test_a_killed_ingest_goes_on_where_it_was(tmp_path: Path) -> None:
    """What it kept is not fetched again, and in the end nothing is missing."""
    with running_venue(*FLAGS) as url:
        _start_and_kill(tmp_path, url)
        kept = {symbol: len(_stored(tmp_path, symbol)) for symbol in SYMBOLS}
        rest = _ingest(tmp_path, url, "--since", BEGIN)

    assert sum(kept.values()) > 0
    assert {p["symbol"]: 1_500 - p["missing_bars"] for p in rest} == kept
    _expect_the_venues_own(tmp_path)


def _start_and_kill(home: Path, url: str) -> None:
    """In the midst of its third file: the two before it are kept."""
    with _start(home, url, "--json", "--since", BEGIN) as process:
        while process.poll() is None and len(list((home / "lake").rglob("*.parquet"))) < THIRD:
            time.sleep(0.002)
        process.kill()


def test_a_venue_that_is_not_there_is_named(tmp_path: Path) -> None:
    """One sentence and no traceback."""
    with _start(tmp_path, "http://127.0.0.1:9", "--json") as process:
        _, complaints = process.communicate()

    assert process.returncode == 1
    assert complaints.startswith("nija: ")
    assert "Traceback" not in complaints
