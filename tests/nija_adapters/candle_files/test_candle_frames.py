"""Tables with typed columns: Feather, Arrow, Parquet, packed or not; damaged ones by name."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.nija_adapters.candle_files.test_candle_files import ROWS, found, judge_bytes, text

Write = Callable[[pl.DataFrame, io.BytesIO], object]
WRITERS: dict[str, Write] = {
    "candles.feather": lambda frame, body: frame.write_ipc(body),
    "candles.arrow": lambda frame, body: frame.write_ipc(body, compression="zstd"),
    "candles.ipc": lambda frame, body: frame.write_ipc_stream(body),
    "candles.parquet": lambda frame, body: frame.write_parquet(body),
}


def _body(name: str) -> bytes:
    body = io.BytesIO()
    WRITERS[name](pl.read_csv(text().encode()), body)
    return body.getvalue()


@pytest.mark.parametrize("name", WRITERS)
def test_a_table_is_read_packed_or_not(name: str, tmp_path: Path) -> None:
    """By its first bytes: every row, nothing said."""
    for result, body in ((name, _body(name)), (f"{name}.gz", gzip.compress(_body(name)))):
        judged = judge_bytes(tmp_path, body, result)

        assert (judged.verdict, judged.rows_out, found(judged)) == ("accept", ROWS, [])


@pytest.mark.parametrize("name", WRITERS)
def test_a_cut_table_is_refused_by_name(name: str, tmp_path: Path) -> None:
    """Half of the bytes, packed or not."""
    half = _body(name)[: len(_body(name)) // 2]
    for result, body in ((name, half), (f"{name}.gz", gzip.compress(half))):
        judged = judge_bytes(tmp_path, body, result)

        assert found(judged) == [(None, "unreadable")]
        assert result in judged.problems[0].text


@pytest.mark.parametrize("name", WRITERS)
def test_a_name_without_the_mark_is_refused(name: str, tmp_path: Path) -> None:
    """A page of text under the name of a table, packed or not; a stream has no mark to miss."""
    body = b"busy, come again"
    judged = judge_bytes(tmp_path, gzip.compress(body), f"{name}.gz")

    assert found(judged) == [(None, "unreadable")]
    assert f"{name}.gz" in judged.problems[0].text


def test_a_feather_of_the_first_version_says_what_to_write(tmp_path: Path) -> None:
    assert "version 2" in judge_bytes(tmp_path, b"FEA1....", "candles.feather").problems[0].text


def test_whatever_bytes_are_spoilt_there_is_a_verdict(tmp_path: Path) -> None:
    """Never a traceback, whichever byte of a Feather file is another one."""
    whole, rng = np.frombuffer(_body("candles.feather"), dtype=np.uint8), np.random.default_rng(3)
    for _ in range(200):
        body = whole.copy()
        body[rng.integers(6, len(body), size=4)] ^= rng.integers(1, 256, size=4, dtype=np.uint8)
        judged = judge_bytes(tmp_path, body.tobytes(), "candles.feather")

        assert judged.verdict in {"accept", "repair", "quarantine", "refuse"}
