"""A roll-back moves pointer, alias and ledger, converges wherever it ended, and holds."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import dagster as dg
import msgspec
import pytest
from msgspec.structs import replace

from nija_adapters.ledger.ledger import Ledger
from nija_adapters.model_registry.registry import ModelRegistry
from nija_domain.capital.limits import HardLimits
from nija_domain.evaluation.merit import Merit
from nija_domain.events.ledger import LedgerEntry, ReleaseHeld, ReleaseKept, ReleasePromoted
from nija_domain.learning.training_record import TrainingRecord
from nija_domain.policies.head import PolicyHead
from nija_domain.releases.candidate_channels import CANDIDATE_CHANNELS
from nija_domain.releases.content import ReleaseContent
from nija_domain.releases.manifest import read_manifest
from nija_domain.releases.recipe import Recipe
from nija_domain.strategies.agents import agent_alone
from nija_domain.strategies.shelf import choose_preset
from nija_pipelines import resources
from nija_pipelines.definitions import defs
from nija_pipelines.defs.releases.champion import champion
from nija_pipelines.passing.records import RecordStore
from nija_pipelines.passing.types import BacktestReport, Published
from nija_pipelines.resources import Channel, LedgerFile, Registry
from nija_pipelines.settings import PipelineSettings
from tests.fakes.programs import ROOT
from tests.fakes.regime_worlds import KNOWN_MODEL
from tests.fakes.releases import promote, publish
from tests.fakes.stages import content_after, draw_candles

RECORD = TrainingRecord(
    name="nija",
    started_us=1_600_000_000_000_000,
    ended_us=1_600_000_100_000_000,
    snapshot=1,
    commit="0123abc",
    seeds=(7,),
    parents=(),
    params={},
    metrics={},
    artifacts={},
)


AGGRESSIVE = content_after(draw_candles(bars=60, seed=5))
CONSERVATIVE = replace(AGGRESSIVE, agents=agent_alone(choose_preset("trend", "conservative")))


EARNED = BacktestReport(
    trades=40,
    net_profit=Decimal(10),
    total_return=0.01,
    max_drawdown=0.0,
    win_rate=0.5,
    days=2,
    marks=400,
    merit=Merit(
        is_earned=True, reasons=("enough",), trades=40, mean_return=1e-5, return_lower_bound=1e-6
    ),
    subject="what was trained last",
)
LUCKY = replace(
    EARNED,
    merit=Merit(
        is_earned=False,
        reasons=("10 trades on unseen history; 30 are the least to judge by",),
        trades=10,
        mean_return=1e-5,
        return_lower_bound=1e-6,
    ),
)


class AliasFile(Registry):
    """The name of the release that the alias names, in a file: opening MLflow takes seconds."""

    def promote(self, settings: PipelineSettings, *, manifest: bytes) -> int:
        Path(self.home, settings.channel).write_text(read_manifest(manifest).release_id)
        return 1

    def keep(self, settings: PipelineSettings, *, manifest: bytes) -> int:  # noqa: ARG002 - as above
        Path(self.home, "challenger").write_text(read_manifest(manifest).release_id)
        return 1


class Stand:
    """A home whose second release trades, and jobs that run in it as on Dagster's page."""

    def __init__(self, home: Path, *, training_run_id: str = "none") -> None:
        self.home, self.training_run_id = home, training_run_id
        self.first = self.publish(AGGRESSIVE, sequence=1)
        self.second = self.publish(CONSERVATIVE, sequence=2)
        promote(home, self.first)
        promote(home, self.second)
        self.neighbours: dict[str, object] = {
            "installation": resources.Installation(folder=str(ROOT / "config"), home="/nowhere"),
            "channel": Channel(home=str(home)),
            "registry": AliasFile(home=str(home)),
            "ledger": LedgerFile(home=str(home)),
            "io_manager": RecordStore(home=str(home)),
        }

    def publish(self, content: ReleaseContent, *, sequence: int) -> str:
        return publish(self.home, content, sequence=sequence, training_run_id=self.training_run_id)

    def run(self, job: str = "roll_back", **config: object) -> dg.ExecuteInProcessResult:
        ops = {"roll_back": "point_back", "lift_hold": "lift"}
        with dg.DagsterInstance.ephemeral() as instance:
            return defs.resolve_job_def(job).execute_in_process(
                instance=instance,
                run_config={"ops": {ops[job]: {"config": config}}},
                resources=self.neighbours,
                raise_on_error=False,
            )

    def promote_anew(self, release_id: str, report: BacktestReport = EARNED) -> dict[str, object]:
        """What the step `champion` makes of a release."""
        published = Published(
            release_id=release_id,
            fingerprint="",
            run_id="",
            snapshot_id=1,
            feedback_trades=0,
            created_us=1,
            subject=EARNED.subject,
        )
        names = ("installation", "channel", "registry", "ledger")
        with dg.build_asset_context(
            resources={name: self.neighbours[name] for name in names}
        ) as context:
            made = champion(context, release=published, backtest=report)
        assert isinstance(made, dg.MaterializeResult)
        return dict(made.metadata or {})

    @property
    def entries(self) -> list[LedgerEntry]:
        return [entry for _, entry in Ledger(self.home / "ledger" / "ledger.jsonl").read()]

    @property
    def pointer(self) -> str | None:
        return Channel(home=str(self.home)).champion("champion")

    @property
    def alias(self) -> str:
        return (self.home / "champion").read_text()


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def check_rolled_back(stand: Stand) -> None:
    held, moved = stand.entries
    assert isinstance(held, ReleaseHeld)
    assert (held.release_id, held.returns_to) == (stand.second, stand.first)
    assert isinstance(moved, ReleasePromoted)
    assert (moved.release_id, moved.previous) == (stand.first, stand.second)
    assert moved.by == "roll_back"
    assert stand.pointer == stand.first


def test_a_roll_back_ends_well_and_is_done_once(stand: Stand) -> None:
    """Pointer, alias and ledger agree; asked for again, it changes nothing."""
    results = [stand.run() for _ in range(2)]

    assert [result.success for result in results] == [True, True]
    assert stand.alias == stand.first
    check_rolled_back(stand)


def test_the_alias_of_mlflow_moves_too(tmp_path: Path) -> None:
    """Whoever looks the champion up there gets the release that trades."""
    folder = tmp_path / "mlflow"
    registry = ModelRegistry(f"sqlite:///{folder / 'mlflow.db'}", folder / "artifacts")
    stand = Stand(tmp_path, training_run_id=registry.log_training(RECORD))
    stand.neighbours["registry"] = Registry(home=str(tmp_path))
    stand.promote_anew(stand.second)

    result = stand.run()

    found = registry.version_by_alias("nija", "champion")
    assert result.success
    assert found is not None
    assert found.release_id == stand.first


class DeadRegistry(Registry):
    def promote(self, *_: object, **__: object) -> int:
        raise dg.Failure("killed before the alias", allow_retries=False)


class DeadChannel(Channel):
    def point(self, *_: object) -> None:
        raise dg.Failure("killed before the pointer", allow_retries=False)


class DeadLedger(LedgerFile):
    def append(self, entry: LedgerEntry) -> None:
        if isinstance(entry, ReleasePromoted):
            raise dg.Failure("killed before the ledger", allow_retries=False)
        super().append(entry)


DEATHS: dict[str, Callable[[str], object]] = {
    "channel": lambda home: DeadChannel(home=home),
    "registry": lambda home: DeadRegistry(home=home),
    "ledger": lambda home: DeadLedger(home=home),
}


@pytest.mark.parametrize("part", DEATHS)
def test_one_that_was_cut_short_is_ended_by_the_next(stand: Stand, part: str) -> None:
    """Whatever of the three was still to be written."""
    whole = stand.neighbours[part]
    stand.neighbours[part] = DEATHS[part](str(stand.home))
    cut_short = stand.run()
    stand.neighbours[part] = whole

    ended = stand.run()

    assert (cut_short.success, ended.success) == (False, True)
    assert stand.alias == stand.first
    check_rolled_back(stand)


def test_what_was_rolled_back_is_not_promoted_by_itself(stand: Stand) -> None:
    """Nor what learned the same; another release is, and the rejected one once a person says so."""
    stand.run()
    anew = stand.publish(CONSERVATIVE, sequence=3)
    other = stand.publish(AGGRESSIVE, sequence=4)
    refused = [stand.promote_anew(release_id) for release_id in (stand.second, anew)]
    pointed = stand.pointer
    stand.run("lift_hold", release=stand.second, why="it was the venue")
    promoted = [stand.promote_anew(release_id) for release_id in (anew, other)]

    assert [found["promoted"] for found in refused] == [False, False]
    assert "lift_hold" in str(refused[1]["why"])
    assert pointed == stand.first
    assert [found["promoted"] for found in promoted] == [True, True]
    assert (stand.pointer, stand.alias) == (other, other)


def test_without_a_release_before_there_is_no_way_back(stand: Stand) -> None:
    """The run fails in one clear sentence and nothing is held."""
    stand.run()

    failed = stand.run(release=stand.first)

    (failure,) = [event for event in failed.all_events if event.is_step_failure]
    assert "cannot be rolled back" in str(failure.step_failure_data.error)
    assert len(stand.entries) == 2
    assert stand.pointer == stand.first


@pytest.mark.parametrize(
    "report",
    [
        LUCKY,
        replace(EARNED, merit=None),
        replace(EARNED, subject="what was trained before"),
        replace(EARNED, subject=""),
    ],
)
def test_what_has_not_earned_it_stays_a_challenger(tmp_path: Path, report: BacktestReport) -> None:
    """Ten lucky trades, or a back-test that nobody judged, or of another release: told once."""
    stand = Stand(tmp_path)
    third = stand.publish(replace(AGGRESSIVE, policy=PolicyHead({"Bull": 0.5})), sequence=3)
    made = [stand.promote_anew(third, report) for _ in range(2)]
    kept = [entry for entry in stand.entries if isinstance(entry, ReleaseKept)]

    assert [each["promoted"] for each in made] == [False, False]
    assert stand.pointer == stand.second
    assert (tmp_path / "challenger").read_text() == third
    assert [(entry.release_id, entry.reasons) for entry in kept] == [(third, tuple(made[0]["why"]))]
    assert [each["candidate"] for each in made] == ["candidate-1", "candidate-1"]
    assert stand.promote_anew(third)["promoted"] is True
    assert stand.pointer == third


def test_a_challenger_waits_while_all_candidates_have_their_time(tmp_path: Path) -> None:
    """Three trade on paper at most, and none is ended by the next day's training."""
    stand = Stand(tmp_path)
    heads = [PolicyHead({"Bull": share}) for share in (0.5, 0.6, 0.7, 0.8)]
    released = [
        stand.publish(replace(AGGRESSIVE, policy=head), sequence=number)
        for number, head in enumerate(heads, start=3)
    ]
    taken = [stand.promote_anew(each, LUCKY)["candidate"] for each in released]

    assert taken == [*CANDIDATE_CHANNELS, "none: all channels are full"]


def test_a_back_test_and_a_release_of_the_same_share_their_subject() -> None:
    """Another policy, other limits or other candles are another subject."""
    made_from = Recipe(
        timeframe_us=300_000_000,
        regimes=KNOWN_MODEL,
        agents=agent_alone(choose_preset("trend", "aggressive")),
        envelope=HardLimits(),
        policy=PolicyHead({"Bull": 0.5}),
    )
    subject = made_from.subject(7)
    read_again = msgspec.json.decode(msgspec.json.encode(made_from), type=Recipe)
    others = (
        replace(made_from, policy=PolicyHead({"Bull": 0.6})).subject(7),
        replace(made_from, envelope=HardLimits(max_open_positions=9)).subject(7),
        made_from.subject(8),
    )

    assert read_again.subject(7) == subject
    assert len({subject, *others}) == 4
