"""A symbol that the venue does not know is told of, and stops nothing else."""

from pathlib import Path

import dagster as dg
import pytest

from nija_domain.market.timeframes import HOUR_US
from nija_pipelines.definitions import defs
from nija_pipelines.resources import LakeFolder
from nija_pipelines.settings import PipelineSettings
from tests.fakes.programs import ROOT, venue

LTC = "the venue lists no LTC/USD: it will not be traded"
STATIONS = ("instruments", "candles", "feedback", "lake_snapshot", "features", "candle_health")


def checks_of(run: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {check.check_name: check for check in run.get_asset_check_evaluations()}


def test_the_line_goes_on_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On hours too, of which the simulated venue has as many as it has five minutes."""
    monkeypatch.setenv("NIJA_HOME", str(tmp_path))
    monkeypatch.setenv("NIJA_CONFIG", str(ROOT / "config"))
    monkeypatch.setenv("NIJA_PIPELINES_SYMBOLS", "BTC/USD,LTC/USD,ETH/USD")
    monkeypatch.setenv("NIJA_PIPELINES_TIMEFRAME", "1h")
    with venue("--port", "0", "--history-bars", "1200", "--symbols", "BTC/USD,ETH/USD") as url:
        monkeypatch.setenv("NIJA_PIPELINES_VENUE_URL", url)
        with dg.DagsterInstance.ephemeral() as instance:
            run = defs.get_implicit_global_asset_job_def().execute_in_process(
                instance=instance, asset_selection=[dg.AssetKey(name) for name in STATIONS]
            )
    checks = checks_of(run)
    settings = PipelineSettings(symbols=("BTC/USD", "LTC/USD", "ETH/USD"), timeframe="1h")
    snapshot = run.output_for_node("lake_snapshot").snapshot_id
    histories = LakeFolder(home=str(tmp_path)).read_histories(settings, snapshot)

    assert run.success
    assert checks["candles_quality"].passed
    assert checks["candles_quality"].metadata["left_out"].value == {"LTC/USD": LTC}
    assert not checks["every_symbol_is_listed"].passed
    assert "LTC/USD" in str(checks["every_symbol_is_listed"].metadata)
    assert {symbol: len(history) for symbol, history in histories.items()} == {
        "BTC/USD": 100,
        "ETH/USD": 100,
    }
    assert set((histories["BTC/USD"].ts_us[1:] - histories["BTC/USD"].ts_us[:-1]).tolist()) == {
        HOUR_US
    }


def test_a_venue_that_knows_none_is_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its own words, with no word of candles that somebody should import."""
    monkeypatch.setenv("NIJA_HOME", str(tmp_path))
    monkeypatch.setenv("NIJA_CONFIG", str(ROOT / "config"))
    monkeypatch.setenv("NIJA_PIPELINES_SYMBOLS", "LTC/USD")
    with venue("--port", "0", "--symbols", "BTC/USD") as url:
        monkeypatch.setenv("NIJA_PIPELINES_VENUE_URL", url)
        with dg.DagsterInstance.ephemeral() as instance:
            run = defs.get_implicit_global_asset_job_def().execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(n) for n in ("candles", "feedback", "lake_snapshot")],
                raise_on_error=False,
            )

    assert not run.success
    assert checks_of(run)["candles_quality"].metadata["unfit"].value == [f"LTC/USD: {LTC}"]
