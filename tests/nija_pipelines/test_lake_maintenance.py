"""The nightly upkeep forgets what nobody may need, and nothing that a release was made from."""

from pathlib import Path

import dagster as dg
import pytest

from nija_adapters.lake.lake import Lake
from nija_adapters.model_registry.registry import ModelRegistry
from nija_adapters.release_store.keys import load_or_create_signing_key
from nija_adapters.release_store.store import ReleaseStore
from nija_domain.errors import NijaError
from nija_domain.learning.training_record import TrainingRecord
from nija_domain.market.timeframes import DAY_US
from nija_pipelines import resources
from nija_pipelines.defs.lake import maintenance
from tests.fakes.lake_pages import BAR_US, PAGE, PAGE_BARS, whole
from tests.fakes.programs import ROOT
from tests.nija_adapters.release_store.release_samples import signed_release

PAGES = 6
RELEASED, TRAINED, FORGOTTEN = 3, 5, 4


class NextMonth(resources.Installation):
    """The same settings, read when everything is old."""

    def wall_now_us(self) -> int:
        return super().wall_now_us() + 30 * DAY_US


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A lake of six pages; one snapshot was released, another one trained from."""
    with Lake(tmp_path / "lake") as lake:
        for number in range(PAGES):
            start, stop = number * PAGE_BARS, (number + 1) * PAGE_BARS
            lake.append_candles([whole("A/USD", pages=PAGES).between(start, stop)], **PAGE)
    key = load_or_create_signing_key(tmp_path / "keys")
    release = signed_release(key, data_snapshot=RELEASED)
    ReleaseStore(tmp_path / "releases").publish(release)
    store = f"sqlite:///{tmp_path / 'mlflow' / 'mlflow.db'}"
    ModelRegistry(store, tmp_path / "mlflow" / "artifacts").log_training(
        TrainingRecord(
            name="a night",
            started_us=1,
            ended_us=2,
            snapshot=TRAINED,
            commit="c0ffee",
            seeds=(7,),
            parents=(),
            params={},
            metrics={},
            artifacts={},
        )
    )
    return tmp_path


def _bars_at(home: Path, snapshot: int) -> int:
    with Lake(home / "lake") as lake:
        return len(
            lake.read_candles(["A/USD"], venue="walk", timeframe_us=BAR_US, snapshot=snapshot)[
                "A/USD"
            ]
        )


def test_a_month_later_only_what_is_pinned_is_left(home: Path) -> None:
    """Two snapshots and the newest can be read, in one file; every other is gone."""
    result = dg.materialize(
        [maintenance.merged_files, maintenance.expired_snapshots, maintenance.removed_files],
        resources={
            "installation": NextMonth(folder=str(ROOT / "config"), home=str(home)),
            "lake": resources.LakeFolder(home=str(home)),
            "channel": resources.Channel(home=str(home)),
            "registry": resources.Registry(home=str(home)),
        },
    )
    with Lake(home / "lake") as lake:
        newest = lake.snapshot()

    assert result.success
    assert len(list((home / "lake" / "data" / "main" / "candle_rows").iterdir())) == 1
    assert _bars_at(home, RELEASED) == (RELEASED - 1) * PAGE_BARS
    assert _bars_at(home, TRAINED) == (TRAINED - 1) * PAGE_BARS
    assert _bars_at(home, newest) == PAGES * PAGE_BARS
    with pytest.raises(NijaError, match="is not in the lake"):
        _bars_at(home, FORGOTTEN)


def test_a_home_that_never_trained_pins_nothing(tmp_path: Path) -> None:
    """Asking makes no store either."""
    settings = resources.Installation(folder=str(ROOT / "config"), home="/nowhere").settings()

    assert resources.Channel(home=str(tmp_path)).pinned_snapshots() == frozenset()
    assert resources.Registry(home=str(tmp_path)).pinned_snapshots(settings) == frozenset()
    assert list(tmp_path.iterdir()) == []
