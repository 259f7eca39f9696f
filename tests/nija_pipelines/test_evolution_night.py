"""The night as Dagster runs it, over a real home: lake, ledger, release store and slots."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import dagster as dg
import msgspec
import pytest

from nija_adapters.candidates.slots import CandidateSlots
from nija_adapters.lake.lake import Lake
from nija_adapters.ledger.ledger import Ledger
from nija_domain.capital.limits import HardLimits
from nija_domain.evaluation.outcome import Outcome
from nija_domain.events.ledger import LedgerEntry, ProposalJudged, TrialRecorded
from nija_domain.evolution.candidate import Candidate
from nija_domain.evolution.night import Contest, NightVerdict
from nija_domain.evolution.proposer import Proposal
from nija_domain.releases.recipe import Recipe
from nija_domain.strategies.agents import agent_alone
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.rules.trend import RULE as TREND
from nija_domain.strategies.shelf import choose_preset
from nija_pipelines.definitions import defs
from nija_pipelines.passing.types import Listing, Snapshot
from tests.fakes.hierarchies import known_hierarchy
from tests.fakes.regime_worlds import KNOWN_MODEL
from tests.fakes.releases import promote, publish
from tests.fakes.stages import (
    EAGER_HEAD,
    SYMBOLS,
    TIMEFRAME_US,
    content_after,
    draw_candles,
    instrument_of,
)

ROOT = Path(__file__).parents[2]
RecordT = TypeVar("RecordT")
RECIPE = Recipe(
    timeframe_us=TIMEFRAME_US,
    regimes=KNOWN_MODEL,
    hierarchy=known_hierarchy(),
    policy=EAGER_HEAD,
    agents=agent_alone(choose_preset("trend", "aggressive")),
    envelope=HardLimits(),
)
HISTORIES = draw_candles(bars=480, seed=2)


def record(home: Path, name: str, value: object) -> None:
    path = home / "records" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(value))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a training leaves behind, without the training: candles, and its three records."""
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    symbols = ", ".join(f'"{symbol}"' for symbol in SYMBOLS)
    (config / "nija.toml").write_text(f"[pipelines]\nsymbols = [{symbols}]\n")
    home = tmp_path / "home"
    last_us = int(HISTORIES["BTC/USD"].ts_us[-1]) + TIMEFRAME_US
    with Lake(home / "lake") as lake:
        lake.append_candles(
            tuple(HISTORIES.values()),
            venue="simulated",
            timeframe_us=TIMEFRAME_US,
            source="test",
            known_at_us=last_us,
        )
        record(home, "lake_snapshot", Snapshot(lake.snapshot(), 0, 0))
    record(home, "instruments", Listing(tuple(map(instrument_of, SYMBOLS))))
    record(home, "recipe", RECIPE)
    monkeypatch.setenv("NIJA_HOME", str(home))
    monkeypatch.setenv("NIJA_CONFIG", str(config))
    return home


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


def run_night(instance: dg.DagsterInstance, *assets: str) -> dg.ExecuteInProcessResult:
    """The whole job, or some of its assets on the records that lie there."""
    keys = [dg.AssetKey(name) for name in assets] or None
    job = defs.resolve_job_def("evolution_night")
    return job.execute_in_process(instance=instance, asset_selection=keys, raise_on_error=False)


def ledger_of(home: Path) -> list[LedgerEntry]:
    return [entry for _, entry in Ledger(home / "ledger" / "ledger.jsonl").read()]


def read_record(home: Path, name: str, kind: type[RecordT]) -> RecordT:
    return msgspec.json.decode((home / "records" / f"{name}.json").read_bytes(), type=kind)


def test_two_nights_in_a_row(home: Path, instance: dg.DagsterInstance) -> None:
    """Each is a trial and a verdict in the ledger; the second proposes what the first did not."""
    nights = [run_night(instance) for _ in range(2)]
    first, second, third, fourth = ledger_of(home)

    assert all(night.success for night in nights)
    assert isinstance(first, TrialRecorded)
    assert isinstance(second, ProposalJudged)
    assert isinstance(third, TrialRecorded)
    assert isinstance(fourth, ProposalJudged)
    assert (second.number, fourth.number) == (1, 2)
    assert second.parameters == TREND.presets["conservative"]
    assert second.parameters != fourth.parameters
    assert (second.metrics["trials"], fourth.metrics["trials"]) == (1.0, 2.0)
    assert second.metrics["trades"] > 0.0
    assert first.metrics["sharpe_per_bar"] == pytest.approx(second.metrics["sharpe_per_bar"])
    assert (second.verdict, fourth.verdict) == ("nothing", "nothing")
    assert CandidateSlots(home / "candidates").read_open() == {}


def test_the_incumbent_is_what_the_champion_trades(
    home: Path, instance: dg.DagsterInstance
) -> None:
    """Not what the settings would trade: a proposal answers the strategy that has the money."""
    strategy = StrategyChoice("trend", "trend:*:odd", {**TREND.presets["aggressive"], "share": 0.4})
    short = {symbol: history.cut(120) for symbol, history in HISTORIES.items()}
    promote(home, publish(home, content_after(short, strategy=strategy), sequence=1))

    assert run_night(instance, "proposal").success
    assert read_record(home, "proposal", Proposal).parent == strategy


def test_a_back_test_that_fails_is_a_trial_as_well(
    home: Path, instance: dg.DagsterInstance
) -> None:
    """The night ends as a failure, counted for ever, and the next night goes on elsewhere."""
    record(home, "instruments", Listing(()))
    failed = run_night(instance)
    (trial,) = ledger_of(home)
    record(home, "instruments", Listing(tuple(map(instrument_of, SYMBOLS))))

    assert not failed.success
    assert isinstance(trial, TrialRecorded)
    assert trial.metrics == {"failed": 1.0}
    assert run_night(instance, "proposal").success
    assert read_record(home, "proposal", Proposal).number == 2


def test_refused_code_is_never_back_tested(
    home: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check blocks what comes after it, and the ledger keeps the line and the reason."""
    source = "import os\n\n\ndef signals(views, parameters):\n    return []\n"
    monkeypatch.setattr("nija_domain.evolution.proposer.render_strategy", lambda _: source)
    night = run_night(instance)
    (judged,) = ledger_of(home)

    assert not night.success
    assert isinstance(judged, ProposalJudged)
    assert judged.verdict == "nothing"
    assert judged.reasons[0].startswith("line 1: imports something other than math")
    assert not (home / "records" / "proposal_backtest.json").exists()


def _contest(*, advantage: float) -> Contest:
    """Back-tests with a planted advantage, told apart from luck by their very regularity."""
    times = tuple(range(200))
    swing = tuple(0.001 if bar % 2 else -0.001 for bar in times)
    ahead = tuple(bar + advantage for bar in swing)
    return Contest(
        number=7,
        incumbent=Outcome(at_us=times, returns=swing, trades=20),
        proposal=Outcome(at_us=times, returns=ahead, trades=20),
    )


def _proposal() -> Proposal:
    return Proposal(
        number=7,
        parent=choose_preset("trend", "aggressive"),
        parameters=TREND.presets["conservative"],
        source="source",
        reasoning="planted",
    )


def plant_contest(home: Path, *, advantage: float) -> None:
    """The night up to its back-tests, its trial counted."""
    trial = TrialRecorded(
        at_us=1,
        kind="evolution",
        parameters={**TREND.presets["conservative"]},
        metrics={},
        data_snapshot=1,
        commit="c",
    )
    Ledger(home / "ledger" / "ledger.jsonl").append([trial])
    record(home, "proposal", _proposal())
    record(home, "proposal_backtest", _contest(advantage=advantage))


def test_a_planted_advantage_takes_a_slot_once(home: Path, instance: dg.DagsterInstance) -> None:
    """The last free slot holds it with its module; a step that runs again finds the same."""
    plant_contest(home, advantage=0.0005)
    slots = CandidateSlots(home / "candidates")
    for number in (5, 6):
        slots.open_slot(Candidate(number=number, opened_us=1, choice=_proposal().choice, source=""))
    nights = [run_night(instance, "verdict") for _ in range(2)]
    candidate = slots.read_open()[3]

    assert all(night.success for night in nights)
    assert read_record(home, "verdict", NightVerdict).verdict == "candidate"
    assert candidate.choice == _proposal().choice
    assert (candidate.number, candidate.source) == (7, "source")
    assert (home / "candidates" / "slot-3.json").exists()


def test_without_the_advantage_no_slot_is_taken(home: Path, instance: dg.DagsterInstance) -> None:
    """The same night over equal back-tests ends in nothing."""
    plant_contest(home, advantage=0.0)

    assert run_night(instance, "verdict").success
    assert read_record(home, "verdict", NightVerdict).verdict == "nothing"
    assert CandidateSlots(home / "candidates").read_open() == {}


def test_the_training_line_leaves_the_night_alone() -> None:
    """A training must not propose anything: the night is a job of its own."""
    keys = defs.resolve_job_def("training_line").asset_layer.executable_asset_keys
    night = defs.resolve_job_def("evolution_night").asset_layer.executable_asset_keys

    assert night == {dg.AssetKey(name) for name in ("proposal", "proposal_backtest", "verdict")}
    assert not night & keys


def test_the_night_begins_within_its_hours_in_the_east() -> None:
    """Half past eight UTC is half past three in US Eastern's winter, an hour later in summer."""
    schedule = defs.get_repository_def().get_schedule_def("evolution_nightly")

    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 8 * * *", "UTC")
