"""Many processes at one lake, and kill -9 in the midst of writes: no row lost, doubled or torn."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from nija_adapters.clock.venue_clock import wall_now_us
from nija_adapters.lake.lake import Lake
from nija_domain.market.timeframes import DAY_US, SECOND_US
from tests.fakes import lake_storms
from tests.fakes.lake_pages import BAR_US, PAGE, PAGE_BARS
from tests.fakes.lake_storms import SHARED, find_faults, find_miscounts, pages_held
from tests.fakes.programs import ROOT

OWN = ("A/USD", "B/USD", "C/USD", "D/USD")
FOR_EVER_S = 3_600.0
SNAPSHOTS_AGE_S = 20

BUILD_MODELS = """
import sys
from pathlib import Path
import dagster as dg
from nija_adapters.home.places import Home
from nija_pipelines.warehouse.definitions import gather
with dg.DagsterInstance.ephemeral() as instance:
    job = gather(Home(Path(sys.argv[1]))).resolve_job_def("warehouse_build")
    while True:
        done = job.execute_in_process(instance=instance, raise_on_error=False)
        print("built" if done.success else "failed", flush=True)
"""


def _start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def _start_writer(folder: Path, symbol: str, *, seconds: float) -> subprocess.Popen[str]:
    return _start("-m", lake_storms.__name__, str(folder), symbol, str(seconds))


@contextmanager
def _running(processes: list[subprocess.Popen[str]]) -> Iterator[None]:
    try:
        yield
    finally:
        for process in processes:
            with process:
                process.kill()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NIJA_HOME", str(tmp_path))
    monkeypatch.setenv("NIJA_CONFIG", str(ROOT / "config"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


@pytest.mark.parametrize(
    ("own", "seconds", "with_dbt"),
    [(OWN[:3], 0.0, False), pytest.param(OWN, 60.0, True, marks=pytest.mark.prove)],
)
def test_many_writers_readers_and_upkeep(
    home: Path, own: tuple[str, ...], seconds: float, with_dbt: bool
) -> None:
    """Whatever moment is read holds whole pages; a pinned snapshot reads the same to the end."""
    shared = lake_storms.first_history(SHARED).cut(PAGE_BARS)
    with Lake(home / "lake") as lake, ThreadPoolExecutor(1) as beside:
        lake.append_candles([lake_storms.delivery("A/USD", 0), shared], **PAGE)
        pinned, reads = lake.snapshot(), 0
        writers = [_start_writer(home / "lake", symbol, seconds=seconds) for symbol in own]
        builders = [_start("-c", BUILD_MODELS, str(home))] if with_dbt else []
        with _running([*writers, *builders]):
            _expect_all_ready(writers)
            upkeep = beside.submit(_keep_small, home / "lake", writers, pinned)
            while any(writer.poll() is None for writer in writers):
                assert find_faults(lake, own) == []
                assert _closes(lake, pinned) == shared.close.tolist()
                reads += 1
            found = [writer.communicate()[0].splitlines() for writer in writers]
            built = [_stop(builder) for builder in builders]
        held = pages_held(lake, own)

        assert [writer.returncode for writer in writers] == [0] * len(own)
        assert [int(lines[-1]) + 1 for lines in found] == [held[symbol] for symbol in own]
        assert reads > 0
        assert find_faults(lake, own) == find_miscounts(lake, own) == []
        assert _closes(lake, pinned) == shared.close.tolist()
        assert all("built" in lines and "failed" not in lines for lines in built)
        figures = f"{sum(held.values())} pages, {reads} reads, {upkeep.result()} upkeeps"
    print(f"{figures}, {sum(lines.count('built') for lines in built)} builds")  # noqa: T201 - told


def _expect_all_ready(writers: list[subprocess.Popen[str]]) -> None:
    """Nothing is read while programs load: only what happens beside a writer is worth a look."""
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"


def _stop(process: subprocess.Popen[str]) -> list[str]:
    process.kill()
    return process.communicate()[0].splitlines()


def _closes(lake: Lake, snapshot: int) -> list[float]:
    histories = lake.read_candles([SHARED], venue="walk", timeframe_us=BAR_US, snapshot=snapshot)
    return histories[SHARED].close.tolist()


def _keep_small(folder: Path, writers: list[subprocess.Popen[str]], pinned: int) -> int:
    """Upkeep in the midst of it, how often: what is read a moment later must not suffer."""
    rounds = 0
    with Lake(folder, wait_limit_s=lake_storms.PATIENCE_S) as lake:
        while any(writer.poll() is None for writer in writers):
            before_us = wall_now_us() - SNAPSHOTS_AGE_S * SECOND_US
            lake.merge_files()
            lake.expire_snapshots(keep={pinned}, before_us=before_us)
            lake.remove_files(before_us=before_us)
            rounds += 1
    return rounds


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.prove)])
def test_killed_writers_lose_nothing_they_promised(tmp_path: Path, kills: int) -> None:
    """After each kill -9 the lake opens, holds what was told in whole pages, and is gone on with.

    Some die before their first page, some between two, most in the midst of one.
    """
    rng, symbols, promised = np.random.default_rng(5), ("A/USD",), -1
    for _ in range(kills):
        writer = _start_writer(tmp_path, symbols[0], seconds=FOR_EVER_S)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        text = [writer.stdout.readline() for _ in range(rng.integers(0, 3))]
        time.sleep(rng.uniform(0.0, 0.2))
        text += _stop(writer)
        promised = int(text[-1]) if text else promised
        with Lake(tmp_path) as lake:
            held = pages_held(lake, symbols)[symbols[0]]

            assert find_faults(lake, symbols) == find_miscounts(lake, symbols) == []
            assert held - 1 in {promised, promised + 1}
            promised = held - 1

    assert promised > 0
    _expect_no_stray_files(tmp_path)


def _expect_no_stray_files(folder: Path) -> None:
    """What the killed left behind goes with the next upkeep, and nothing else does."""
    with Lake(folder) as lake:
        pages = pages_held(lake, ("A/USD",))
        lake.remove_files(before_us=wall_now_us() + 2 * DAY_US)
        found = {path.name for path in (folder / "data").rglob("*.parquet")}
        listed = lake._catalogue.read(
            lambda cursor: cursor.execute(
                "SELECT path FROM __ducklake_metadata_lake.ducklake_data_file"
            ).fetchall()
        )

        assert found == {Path(path).name for (path,) in listed}
        assert pages_held(lake, ("A/USD",)) == pages


PLANTS = {
    "a doubled row": "INSERT INTO lake.candle_rows FROM lake.candle_rows LIMIT 1",
    "a lost row": (
        "DELETE FROM lake.candle_rows WHERE ts_us = (SELECT min(ts_us) FROM lake.candle_rows)"
    ),
    "a torn page": (
        "DELETE FROM lake.candle_rows WHERE ts_us = (SELECT max(ts_us) FROM lake.candle_rows)"
    ),
}


@pytest.mark.parametrize("plant", PLANTS)
def test_the_judge_sees_a_planted_fault(tmp_path: Path, plant: str) -> None:
    """A doubled, a lost and a torn row are each found."""
    with Lake(tmp_path) as lake:
        shared = lake_storms.first_history(SHARED).cut(2 * PAGE_BARS)
        for page in range(2):
            lake.append_candles([lake_storms.delivery("A/USD", page), shared], **PAGE)

        assert find_faults(lake, ("A/USD",)) == find_miscounts(lake, ("A/USD",)) == []
        lake._catalogue.write(lambda cursor: cursor.execute(PLANTS[plant]))
        assert find_faults(lake, ("A/USD",)) + find_miscounts(lake, ("A/USD",)) != []
