"""A lake whose data file is gone or spoilt says so, with what to do about it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nija_adapters.lake.lake import Lake
from nija_domain.errors import LakeBroken
from nija_domain.market.candles import CandleHistory
from tests.fakes.lake_pages import BAR_US, PAGE, whole


def _tear(path: Path) -> None:
    """Its ends are whole, a page in its midst is not."""
    body = bytearray(path.read_bytes())
    body[4 : len(body) // 3] = b"\xff" * (len(body) // 3 - 4)
    path.write_bytes(body)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-20]),
    "torn": _tear,
}


def _read(lake: Lake) -> CandleHistory:
    found = lake.read_candles(
        ["A/USD"], venue="walk", timeframe_us=BAR_US, snapshot=lake.snapshot()
    )
    return found["A/USD"]


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    """Whether it is read or written beside; the file put back, all is as it was."""
    page = whole("A/USD", pages=4)
    with Lake(tmp_path) as lake:
        lake.append_candles([page], **PAGE)
        (path,) = tmp_path.rglob("candles-*.parquet")
        body = path.read_bytes()
        DAMAGE[name](path)
    with Lake(tmp_path) as lake:
        for use in (_read, lambda lake: lake.append_candles([page], **PAGE)):
            with pytest.raises(LakeBroken, match="restore the file from a copy") as found:
                use(lake)
            assert name == "torn" or path.name in str(found.value)
    path.write_bytes(body)
    with Lake(tmp_path) as lake:
        assert list(_read(lake).close) == list(page.close)
        assert lake.append_candles([page], **PAGE) == 0


def test_a_wrong_question_is_no_damage(tmp_path: Path) -> None:
    """An error of ours is not blamed on the files."""
    with Lake(tmp_path) as lake, pytest.raises(Exception, match="no_such_table") as found:
        lake._catalogue.read(lambda cursor: cursor.execute("FROM lake.no_such_table"))

    assert not isinstance(found.value, LakeBroken)
