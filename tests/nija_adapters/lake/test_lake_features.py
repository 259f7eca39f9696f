"""Feature rows take the place of those before them, all at once, however long they take."""

import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pytest

from nija_adapters.lake import lake as lake_module
from nija_adapters.lake.features import FeatureFiles, replace_features
from nija_adapters.lake.lake import Lake
from nija_domain.features.table import FeatureTable
from tests.fakes.lake_pages import PAGE, PAGE_BARS, whole

NAMES = ("log_return", "ewma_volatility")
WARM_UP = 30


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    with Lake(tmp_path / "lake") as lake:
        yield lake


def _table(symbol: str, *, rows: int) -> FeatureTable:
    values = np.random.default_rng(rows).normal(size=(rows, 2))
    values[:WARM_UP, 1] = math.nan
    return FeatureTable(symbol, np.arange(rows), NAMES, values, ())


def _stored(lake: Lake, question: str = "SELECT * FROM {} ORDER BY symbol, ts_us") -> list[tuple]:
    asked = question.format("lake.features")
    return lake._catalogue.read(lambda cursor: cursor.execute(asked).fetchall())


def _counts(lake: Lake) -> dict[str, int]:
    return dict(_stored(lake, "SELECT symbol, count(*) FROM {} GROUP BY symbol"))


def _files(lake: Lake) -> set[Path]:
    return set(lake._catalogue.data_folder.rglob("features-*.parquet"))


def test_features_are_replaced(lake: Lake) -> None:
    """The last computation stands alone in the table; rows not yet warm are unknown."""
    table = _table("BTC/USD", rows=100)
    assert lake.write_features(iter([_table("BTC/USD", rows=200)])) == 200
    assert lake.write_features(iter([table, _table("ETH/USD", rows=60)])) == 160

    assert _counts(lake) == {"BTC/USD": 100, "ETH/USD": 60}
    stored = [row for row in _stored(lake) if row[0] == "BTC/USD"]
    assert [row[1] for row in stored] == list(range(100))
    assert [row[3] for row in stored[:WARM_UP]] == [None] * WARM_UP
    values = np.array([row[2:] for row in stored], dtype=np.float64)
    assert np.array_equal(values, table.values, equal_nan=True)


def test_a_symbol_without_candles_and_a_universe_without_symbols(lake: Lake) -> None:
    """A symbol of no rows is in no file; where nothing was computed, what stood there stays."""
    assert lake.write_features([_table("BTC/USD", rows=0), _table("ETH/USD", rows=60)]) == 60
    assert lake.write_features([]) == 0

    assert _counts(lake) == {"ETH/USD": 60}
    assert lake.write_features([_table("BTC/USD", rows=0)]) == 0
    assert _counts(lake) == {}


def test_a_moved_lake_still_has_its_features(lake: Lake, tmp_path: Path) -> None:
    """Files are named by where they lie in the lake, under a table that was replaced as well."""
    lake.write_features([_table("BTC/USD", rows=100)])
    lake.write_features([_table("BTC/USD", rows=90)])
    lake.close()
    (tmp_path / "lake").rename(tmp_path / "elsewhere")

    with Lake(tmp_path / "elsewhere") as moved:
        assert _counts(moved) == {"BTC/USD": 90}


def test_a_computation_that_fails_leaves_nothing(lake: Lake) -> None:
    """The rows of before stay, and no file of the broken attempt."""
    lake.write_features([_table("BTC/USD", rows=100)])
    before = _files(lake)

    def compute() -> Iterator[FeatureTable]:
        yield _table("BTC/USD", rows=40)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        lake.write_features(compute())
    assert _counts(lake) == {"BTC/USD": 100}
    assert _files(lake) == before


def test_others_write_while_features_come(lake: Lake, tmp_path: Path) -> None:
    """An hour of computation holds nobody off, and what came meanwhile is kept."""

    def compute() -> Iterator[FeatureTable]:
        yield _table("BTC/USD", rows=40)
        with Lake(tmp_path / "lake", wait_limit_s=0.1) as other:
            assert other.append_candles([whole("A/USD", pages=1)], **PAGE) == PAGE_BARS
        yield _table("ETH/USD", rows=50)

    assert lake.write_features(compute()) == 90
    assert _counts(lake) == {"BTC/USD": 40, "ETH/USD": 50}


def test_a_writer_that_came_between_costs_no_row(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are handed over again, and are there once."""
    attempts = []

    def replace_and_fail_once(cursor: "duckdb.DuckDBPyConnection", files: FeatureFiles) -> None:
        replace_features(cursor, files)
        attempts.append(files)
        if len(attempts) == 1:
            raise duckdb.TransactionException("Transaction conflict: another came first")

    monkeypatch.setattr(lake_module, "replace_features", replace_and_fail_once)
    lake.write_features([_table("BTC/USD", rows=100), _table("ETH/USD", rows=60)])

    assert len(attempts) == 2
    assert _counts(lake) == {"BTC/USD": 100, "ETH/USD": 60}


def test_candles_come_one_symbol_at_a_time(lake: Lake) -> None:
    """The same histories as at once, in the order asked for; an unknown symbol has none."""
    pages = [whole(symbol, pages=1) for symbol in ("A/USD", "B/USD")]
    lake.append_candles(pages, **PAGE)
    asked = {
        "venue": PAGE["venue"],
        "timeframe_us": PAGE["timeframe_us"],
        "snapshot": lake.snapshot(),
    }
    symbols = ("B/USD", "NONE/USD", "A/USD")

    streamed = list(lake.stream_candles(symbols, **asked))
    assert [history.symbol for history in streamed] == list(symbols)
    assert [len(history) for history in streamed] == [PAGE_BARS, 0, PAGE_BARS]
    at_once = lake.read_candles(symbols, **asked)
    assert all(h.close.tobytes() == at_once[h.symbol].close.tobytes() for h in streamed)
