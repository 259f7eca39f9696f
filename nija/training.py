"""One training through Dagster, in this process."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from nija.home import Home, environment_of
from nija_domain.errors import NijaError

if TYPE_CHECKING:
    from nija_domain.regimes.verdict import TrainedHierarchy, TrainedRegimes

JOB = "training_line"
REGIME_STATIONS = (
    "candles",
    "lake_snapshot",
    "features",
    "regime_training",
    "regime_model",
    "macro_regimes",
    "regime_pictures",
)


class Trained(msgspec.Struct, frozen=True, kw_only=True):
    """What one training led to; seconds per station as Dagster measured them."""

    release_id: str
    feedback_trades: int
    feedback_rows: int
    moved_by_feedback: bool
    station_s: dict[str, float]


def train(home: Home, environ: Mapping[str, str]) -> Trained:
    """Runs every station of the line; a step or a blocking check that fails is named."""
    return _read_result(home, _run(home, environ, stations=None))


def train_regimes(home: Home, environ: Mapping[str, str]) -> "TrainedRegimes":
    """Runs the stations of the line that make the regime model, on what the lake holds now."""
    _run(home, environ, stations=REGIME_STATIONS)
    return read_regimes(home)


def read_regimes(home: Home) -> "TrainedRegimes":
    """What the last training of regimes found."""
    from nija_domain.regimes.verdict import TrainedRegimes

    record = home.record("regime_training")
    if not record.exists():
        raise NijaError(f"{home.folder} holds no regimes yet; run `nija regimes fit`")
    return msgspec.json.decode(record.read_bytes(), type=TrainedRegimes)


def read_macro_regimes(home: Home) -> "TrainedHierarchy | None":
    """What it found of the whole market; None where no training ever looked."""
    from nija_domain.regimes.verdict import TrainedHierarchy

    record = home.record("macro_regimes")
    if not record.exists():
        return None
    return msgspec.json.decode(record.read_bytes(), type=TrainedHierarchy)


def _run(
    home: Home, environ: Mapping[str, str], *, stations: Sequence[str] | None
) -> dict[str, float]:
    """Seconds per station, of the whole line or of some of it."""
    os.environ.update({**environment_of(home), **environ})
    import dagster as dg

    from nija_pipelines.blame import blame
    from nija_pipelines.definitions import defs
    from nija_pipelines.storage import prepare_storage

    prepare_storage(home.dagster)
    job = defs.resolve_job_def(JOB)
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            asset_selection=[dg.AssetKey(name) for name in stations] if stations else None,
        )
        if not result.success:
            why = blame(result.all_events) or "no step told why"
            raise NijaError(f"the training failed: {why}")
        return {
            stats.step_key: round((stats.end_time or 0.0) - (stats.start_time or 0.0), 3)
            for stats in instance.get_run_step_stats(result.run_id)
        }


def _read_result(home: Home, station_s: dict[str, float]) -> Trained:
    release = msgspec.json.decode(home.record("release").read_bytes())
    snapshot = msgspec.json.decode(home.record("lake_snapshot").read_bytes())
    calibration = msgspec.json.decode(home.record("policy_head").read_bytes())
    return Trained(
        release_id=release["release_id"],
        feedback_trades=release["feedback_trades"],
        feedback_rows=snapshot["feedback_rows"],
        moved_by_feedback=calibration["head"] != calibration["head_without_feedback"],
        station_s=station_s,
    )
