"""No file is named by the catalogue before it lies on the disk, whoever wrote it."""

import os
from pathlib import Path

import msgspec
import pytest

from nija_adapters.lake.catalogue import INLINED_ROWS_MAX
from nija_adapters.lake.lake import Lake
from nija_domain.features.history.feature_rows import compute_features
from tests.fakes.lake_pages import PAGE, PAGE_BARS, whole
from tests.nija_adapters.lake.test_lake_feedback import FILL

NAMED = "SELECT path FROM __ducklake_metadata_lake.ducklake_data_file"


def _named(lake: Lake) -> set[str]:
    rows = lake._catalogue.read(lambda cursor: cursor.execute(NAMED).fetchall())
    return {Path(path).name for (path,) in rows}


def test_files_are_synced_before_they_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Candles as they come, features, many fills, merged files, and rows that waited for one."""
    fills = [msgspec.structs.replace(FILL, sequence=n) for n in range(1, INLINED_ROWS_MAX + 2)]
    synced, sync = set(), os.fsync
    with Lake(tmp_path) as lake:

        def sync_and_tell(descriptor: int) -> None:
            sync(descriptor)
            name = Path(f"/proc/self/fd/{descriptor}").readlink().name
            assert name not in _named(lake)
            synced.add(name)

        monkeypatch.setattr(os, "fsync", sync_and_tell)
        for number in range(3):
            start, stop = number * PAGE_BARS, (number + 1) * PAGE_BARS
            lake.append_candles([whole("A/USD", pages=3).between(start, stop)], **PAGE)
        lake.append_feedback(fills, [])
        lake.write_features([compute_features(whole("A/USD", pages=1))])
        named = _named(lake)
        lake.merge_files()

        assert len(named) == len(synced & named) == 5
        assert len(_named(lake) - named) == len(synced - named) == 2
