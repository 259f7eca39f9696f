"""Sensors ask for a training when there is a reason, once, and say why."""

from pathlib import Path

import dagster as dg
import pytest

from nija_pipelines import resources
from nija_pipelines.definitions import defs
from nija_pipelines.jobs.sensors import first_release, retraining
from simulator.settings import SimulatorSettings
from tests.fakes.programs import ROOT
from tests.fakes.releases import promote, publish, train_content

SETTINGS = SimulatorSettings(seed=5, symbols=("BTC/USD", "ETH/USD"), history_bars=400)


@pytest.fixture
def neighbours(tmp_path: Path) -> dict[str, object]:
    return {
        "installation": resources.Installation(folder=str(ROOT / "config"), home="/nowhere"),
        "channel": resources.Channel(home=str(tmp_path)),
        "ledger": resources.LedgerFile(home=str(tmp_path)),
    }


@pytest.mark.parametrize(
    ("drift_score", "new_trades", "asks"),
    [(0.2, 3, False), (1.4, 0, True), (-2.0, 10, True)],
)
def test_drift_or_enough_trades_ask_for_a_training(
    neighbours: dict[str, object], drift_score: float, new_trades: int, asks: bool
) -> None:
    """Each answer says why; small numbers are no reason."""

    @dg.asset(name="kpis")
    def materialized() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"drift_score": drift_score, "new_trades": new_trades})

    with dg.instance_for_test() as instance:
        dg.materialize([materialized], instance=instance)
        repository = defs.get_repository_def()
        with dg.build_sensor_context(
            instance=instance, repository_def=repository, resources=neighbours
        ) as context:
            answer = retraining.evaluate_tick(context)

    assert bool(answer.run_requests) is asks
    reason = answer.run_requests[0].tags["reason"] if asks else answer.skip_message
    assert str(new_trades) in reason or "drift" in reason


def test_a_home_without_a_release_trains_one(tmp_path: Path, neighbours: dict[str, object]) -> None:
    """Until a release is promoted, and not after."""
    with dg.instance_for_test() as instance:
        with dg.build_sensor_context(instance=instance, resources=neighbours) as context:
            asked = first_release(context)
        promote(tmp_path, publish(tmp_path, train_content(SETTINGS), sequence=1))
        with dg.build_sensor_context(instance=instance, resources=neighbours) as context:
            satisfied = first_release(context)

    assert isinstance(asked, dg.RunRequest)
    assert isinstance(satisfied, dg.SkipReason)
