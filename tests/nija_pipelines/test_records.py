"""What an asset cannot read of another is named, with the job to run."""

from pathlib import Path

import dagster as dg
import pytest

from nija_domain.errors import RecordBroken
from nija_pipelines.passing.records import RecordStore
from nija_pipelines.passing.types import TrainingRun


def read(home: Path) -> TrainingRun:
    context = dg.build_input_context(
        asset_key=dg.AssetKey("training_run"),
        dagster_type=dg.PythonObjectDagsterType(TrainingRun),
    )
    return RecordStore(home=str(home)).load_input(context)


def test_a_record_that_was_never_written_is_named(tmp_path: Path) -> None:
    """As in a home from before the asset came."""
    with pytest.raises(RecordBroken, match=r"training_run left no record yet .* training_line"):
        read(tmp_path)


@pytest.mark.parametrize("body", [b'{"run_id": "r"}', b"{", b"[]"])
def test_a_record_of_another_version_is_named(tmp_path: Path, body: bytes) -> None:
    """Its fields are not those of this version, or it is no JSON at all."""
    path = tmp_path / "records" / "training_run.json"
    path.parent.mkdir()
    path.write_bytes(body)

    with pytest.raises(RecordBroken, match="training_run does not fit this version"):
        read(tmp_path)
