"""Sensors ask for a training when there is a reason, once, and say why; roll-back points back."""

from pathlib import Path

import dagster as dg
import pytest

from nija_adapters.ledger.ledger import Ledger
from nija_domain.events.ledger import ReleasePromoted
from nija_pipelines import resources
from nija_pipelines.definitions import defs
from nija_pipelines.defs.rollback import roll_back
from nija_pipelines.defs.routine import first_release, retraining
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
    def told() -> dg.MaterializeResult[None]:
        return dg.MaterializeResult(metadata={"drift_score": drift_score, "new_trades": new_trades})

    with dg.instance_for_test() as instance:
        dg.materialize([told], instance=instance)
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


def test_a_roll_back_points_at_the_release_before(
    tmp_path: Path, neighbours: dict[str, object]
) -> None:
    """One run, no training; the ledger tells by whom and from where."""
    content = train_content(SETTINGS)
    first, second = (publish(tmp_path, content, sequence=n) for n in (1, 2))
    promote(tmp_path, first)
    promote(tmp_path, second)

    with dg.instance_for_test() as instance:
        result = roll_back.execute_in_process(instance=instance, resources=neighbours)

    channel = resources.Channel(home=str(tmp_path))
    entries = [entry for _, entry in Ledger(tmp_path / "ledger" / "ledger.jsonl").read()]
    assert result.success
    assert channel.champion("champion") == first
    promoted = entries[-1]
    assert isinstance(promoted, ReleasePromoted)
    assert (promoted.by, promoted.previous) == ("roll_back", second)


def test_without_a_release_before_there_is_no_way_back(
    tmp_path: Path, neighbours: dict[str, object]
) -> None:
    """The run fails in one clear sentence and the pointer stays."""
    promote(tmp_path, publish(tmp_path, train_content(SETTINGS), sequence=1))

    with dg.instance_for_test() as instance:
        result = roll_back.execute_in_process(
            instance=instance, resources=neighbours, raise_on_error=False
        )

    assert not result.success
