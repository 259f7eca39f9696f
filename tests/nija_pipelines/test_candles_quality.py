"""A blocking check that fails stops the training and holds the executor back."""

import shutil
from pathlib import Path

import dagster as dg
import msgspec
import numpy as np
import pytest

from nija_adapters.lake.lake import Lake
from nija_adapters.ledger.ledger import Ledger
from nija_domain.events.ledger import IncidentRecorded, StepConfirmed
from nija_domain.market.timeframes import HOUR_US, utc_minute
from nija_pipelines.definitions import defs
from nija_pipelines.resources import Channel
from tests.fakes.stages import TIMEFRAME_US, draw_candles

ROOT = Path(__file__).parents[2]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Candles of one symbol, where the settings name two."""
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    (config / "nija.toml").write_text('[pipelines]\nsymbols = ["BTC/USD", "ETH/USD"]\n')
    home = tmp_path / "home"
    history = draw_candles(bars=60, seed=4, symbols=("BTC/USD",))["BTC/USD"]
    now_us = int(history.ts_us[-1]) + TIMEFRAME_US
    with Lake(home / "lake") as lake:
        lake.append_candles(
            (history,),
            venue="simulated",
            timeframe_us=TIMEFRAME_US,
            source="test",
            known_at_us=now_us,
        )
    monkeypatch.setenv("NIJA_HOME", str(home))
    monkeypatch.setenv("NIJA_CONFIG", str(config))
    return home


def test_broken_candles_end_the_line_and_are_told(home: Path) -> None:
    """Nothing after the check ran; the executor may only reduce; the ledger says why."""
    job = defs.resolve_job_def("training_line")
    keys = [dg.AssetKey(name) for name in ("lake_snapshot", "features")]
    run = job.execute_in_process(asset_selection=keys, raise_on_error=False)
    directive = Channel(home=str(home)).newest_directive("champion", "reduce_only")
    incidents = [
        entry
        for _, entry in Ledger(home / "ledger" / "ledger.jsonl").read()
        if isinstance(entry, IncidentRecorded)
    ]

    assert not run.success
    assert run.asset_materializations_for_node("features") == []
    assert directive is not None
    assert "ETH/USD" in directive.reason
    assert [incident.kind for incident in incidents] == ["candles refused"]
    assert "ETH/USD" in incidents[0].text


def _judge() -> dg.AssetCheckEvaluation:
    run = defs.resolve_job_def("training_line").execute_in_process(
        asset_selection=[dg.AssetKey("lake_snapshot")], raise_on_error=False
    )
    (check,) = run.get_asset_check_evaluations()
    return check


def test_own_candles_of_years_ago_or_of_today_stop_no_training(home: Path) -> None:
    """A file imported under the same symbol is another series: no hole opens between the two."""
    histories = draw_candles(bars=60, seed=4, symbols=("BTC/USD", "ETH/USD"))
    own = draw_candles(bars=400, seed=9, symbols=("BTC/USD",))["BTC/USD"]
    later = msgspec.structs.replace(own, ts_us=own.ts_us + 900 * 24 * HOUR_US)
    now_us = int(later.ts_us[-1]) + TIMEFRAME_US
    page = {"timeframe_us": TIMEFRAME_US, "known_at_us": now_us}
    with Lake(home / "lake") as lake:
        lake.append_candles(list(histories.values()), venue="simulated", source="test", **page)
        lake.append_candles([later], venue="imported", source="file:own.csv", **page)
    check = _judge()

    assert check.passed, check.metadata


def test_a_stored_spike_is_told_with_its_time_and_mended_by_the_right_candle(home: Path) -> None:
    """A misprint that came alone was no spike when it came; the right candle takes its place."""
    right = draw_candles(bars=60, seed=4, symbols=("ETH/USD",))["ETH/USD"]
    prices = {name: getattr(right, name).copy() for name in ("open", "high", "low", "close")}
    for column in prices.values():
        column[30] *= 10.0
    page = {"venue": "simulated", "timeframe_us": TIMEFRAME_US, "source": "test"}
    known_us = int(right.ts_us[-1]) + TIMEFRAME_US
    with Lake(home / "lake") as lake:
        wrong = msgspec.structs.replace(right, **prices)
        for first, end in ((0, 29), (29, 30), (30, 31), (31, 32), (32, 60)):
            lake.append_candles([wrong.between(first, end)], known_at_us=known_us, **page)
    broken = _judge()
    with Lake(home / "lake") as lake:
        lake.append_candles([right.between(30, 31)], known_at_us=known_us, **page)

    assert not broken.passed
    (problem,) = broken.metadata["problems"].value
    assert problem.startswith(f"ETH/USD at {utc_minute(int(right.ts_us[30]))}: the price jumps")
    directive = Channel(home=str(home)).newest_directive("champion", "reduce_only")
    assert directive is not None
    assert "nija import FILE" in directive.reason
    assert _judge().passed


@pytest.mark.parametrize("days", [0, 2])
def test_a_history_that_stands_still_or_ended_days_ago_is_not_learned_from(
    home: Path, days: int
) -> None:
    """Each of its rows is well formed; as a history it is none to learn from."""
    second = draw_candles(bars=360, seed=4, symbols=("BTC/USD", "ETH/USD"))["ETH/USD"]
    flat = np.full(360, 7.0)
    columns = dict.fromkeys(("open", "high", "low", "close"), flat) if days == 0 else {}
    late_us = second.ts_us + days * 24 * HOUR_US
    with Lake(home / "lake") as lake:
        lake.append_candles(
            [
                msgspec.structs.replace(second, **columns),
                msgspec.structs.replace(second, symbol="BTC/USD", ts_us=late_us),
            ],
            venue="simulated",
            timeframe_us=TIMEFRAME_US,
            source="test",
            known_at_us=int(late_us[-1]) + TIMEFRAME_US,
        )
    check = _judge()

    assert not check.passed
    reasons = [reason for reason in check.metadata["unfit"].value if reason.startswith("ETH/USD")]
    assert any(("has not moved" if days == 0 else "before now") in reason for reason in reasons)


def test_a_stored_step_stops_the_training_until_a_person_confirms_it(home: Path) -> None:
    """The check names the command; once the ledger has the word of a person, it passes."""
    right = draw_candles(bars=60, seed=4, symbols=("ETH/USD",))["ETH/USD"]
    columns = {name: getattr(right, name).copy() for name in ("open", "high", "low", "close")}
    for column in columns.values():
        column[30:] *= 1_000.0
    stepped = msgspec.structs.replace(right, **columns)
    known_us, step_us = int(right.ts_us[-1]) + TIMEFRAME_US, int(right.ts_us[30])
    page = {"venue": "simulated", "timeframe_us": TIMEFRAME_US, "source": "test"}
    with Lake(home / "lake") as lake:
        lake.append_candles([stepped], known_at_us=known_us, **page)
    halted = _judge()
    Ledger(home / "ledger" / "ledger.jsonl").append(
        [
            StepConfirmed(
                at_us=known_us, venue="simulated", symbol="ETH/USD", step_us=step_us, why="new unit"
            )
        ]
    )

    assert not halted.passed
    (problem,) = halted.metadata["problems"].value
    assert "`nija candles confirm ETH/USD --venue simulated --at " in problem
    assert _judge().passed
