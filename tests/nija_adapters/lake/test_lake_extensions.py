"""Extensions bear DuckDB's signature: checked once a process, before a lake is attached."""

import shutil
from pathlib import Path

import duckdb
import pytest

from nija_adapters.lake import catalogue
from nija_adapters.lake.lake import Lake
from nija_domain.errors import NijaError


def test_an_extension_that_was_changed_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One byte behind its code, which only the signature watches, is enough."""
    changed = tmp_path / "ducklake.duckdb_extension"
    shutil.copyfile(catalogue._extension_path("ducklake", duckdb.__version__), changed)
    with changed.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes([last ^ 1]))
    monkeypatch.setattr(catalogue, "EXTENSIONS", ("ducklake",))
    monkeypatch.setattr(catalogue, "_extension_path", lambda *_: changed)
    catalogue.check_signatures.cache_clear()

    with (
        Lake(tmp_path / "lake") as lake,
        pytest.raises(NijaError, match="not the extension that DuckDB signed"),
    ):
        lake.snapshot()
    catalogue.check_signatures.cache_clear()
