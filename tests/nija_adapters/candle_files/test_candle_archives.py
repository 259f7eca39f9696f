"""Archives that are damaged, locked, empty or nested: told in a word, each member on its own."""

import gzip
import io
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from nija_adapters.candle_files.reader import read_sheets
from tests.fakes.programs import ROOT
from tests.nija_adapters.candle_files.test_candle_files import ROWS, found, judge, judge_bytes, text

FIRST, SECOND = "ETHUSD_1.csv", "XBTUSD_1.csv"
LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


def archive(**members: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return body.getvalue()


def two_members() -> bytearray:
    return bytearray(archive(**{FIRST: text().encode(), SECOND: text().encode()}))


def marked(body: bytearray, *, at: int, mark: int) -> None:
    """The same two bytes of a member's head, in both places where a zip has them."""
    for head, place in ((LOCAL, at), (CENTRAL, at + 2)):
        struct.pack_into("<H", body, body.find(head) + place, mark)


def torn(body: bytearray) -> None:
    body[60:90] = bytes(byte ^ 0x5A for byte in body[60:90])


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (torn, ""),
        (lambda body: marked(body, at=6, mark=1), "encrypted"),
        (lambda body: marked(body, at=8, mark=93), "compression"),
    ],
    ids=["torn", "locked", "packed in an unknown way"],
)
def test_a_spoilt_member_spoils_no_other(
    spoil: Callable[[bytearray], None], why: str, tmp_path: Path
) -> None:
    """It is refused under its name as unreadable; the next one is read whole."""
    body = two_members()
    spoil(body)
    (tmp_path / "ohlcvt.zip").write_bytes(body)
    first, second = read_sheets(tmp_path / "ohlcvt.zip")

    assert (first.name, [problem.rule for problem in first.told]) == (FIRST, ["unreadable"])
    assert why in first.told[0].text
    assert (second.name, second.rows_in, second.told) == (SECOND, ROWS, ())


def test_a_torn_gzip_is_unreadable(tmp_path: Path) -> None:
    body = bytearray(gzip.compress(text().encode()))
    torn(body)

    assert found(judge_bytes(tmp_path, bytes(body), "candles.csv.gz")) == [(None, "unreadable")]


def test_an_archive_without_a_file_is_empty(tmp_path: Path) -> None:
    judged = judge_bytes(tmp_path, archive(), "ohlcvt.zip")

    assert found(judged) == [(None, "empty")]
    assert "archive" in judged.problems[0].text


def test_a_packed_parquet_file_or_gzip_is_read(tmp_path: Path) -> None:
    """By its first bytes, as it would be outside."""
    parquet = io.BytesIO()
    pl.read_csv(text().encode()).write_parquet(parquet)
    packed = [
        archive(**{"candles.parquet": parquet.getvalue()}),
        archive(**{"candles.csv.gz": gzip.compress(text().encode())}),
        gzip.compress(parquet.getvalue()),
    ]

    for body in packed:
        assert judge_bytes(tmp_path, body, "packed").verdict == "accept"


def test_an_archive_within_another_is_refused_as_one(tmp_path: Path) -> None:
    judged = judge_bytes(tmp_path, archive(**{"inner.zip": bytes(two_members())}), "outer.zip")

    assert found(judged) == [(None, "unreadable")]
    assert "unpack it" in judged.problems[0].text


def test_what_is_no_plain_file_is_told(tmp_path: Path) -> None:
    """A folder says that it is one."""
    assert "is a folder" in judge(tmp_path).problems[0].text


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """Nobody writes into it: opening it would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    asked = "from nija_adapters.candle_files.reader import read_sheets as r; import sys, pathlib"
    done = subprocess.run(
        [sys.executable, "-c", f"{asked}; print(next(r(pathlib.Path(sys.argv[1]))).told)", "pipe"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert "is not a plain file" in done.stdout
