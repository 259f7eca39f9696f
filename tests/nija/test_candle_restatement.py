"""An import over stored candles: a correction is counted apart, another market is refused."""

import json
from pathlib import Path

from nija_adapters.lake.lake import Lake
from tests.nija.test_candle_commands import nija
from tests.nija_adapters.candle_files.test_candle_files import (
    HEADER,
    ROWS,
    START_MS,
    lines,
    text,
)


def another_market(rows: int = ROWS) -> list[str]:
    return [
        ",".join([stamp, *(f"{float(price) / 20:.2f}" for price in prices), volume])
        for stamp, *prices, volume in (line.split(",") for line in lines(rows))
    ]


def _closes(home: Path, timeframe_us: int) -> list[float]:
    with Lake(home / "lake") as lake:
        stored = lake.read_candles(
            ["BTC/USD"], venue="imported", timeframe_us=timeframe_us, snapshot=lake.snapshot()
        )
        return list(stored["BTC/USD"].close)


def test_another_market_does_not_overwrite_a_history(tmp_path: Path) -> None:
    """Exit 2, the lake as it was; with --restate it is done, and counted apart from new rows."""
    (tmp_path / "btc.csv").write_text(text())
    (tmp_path / "eth.csv").write_text(text(another_market()))
    market = ("--symbol", "BTC/USD", "--timeframe", "1m")
    nija("import", str(tmp_path / "btc.csv"), *market, home=tmp_path)
    before = _closes(tmp_path, 60_000_000)
    refused = nija("import", str(tmp_path / "eth.csv"), *market, home=tmp_path)
    after = _closes(tmp_path, 60_000_000)
    wanted = nija(
        "import", str(tmp_path / "eth.csv"), *market, "--restate", "--json", home=tmp_path
    )
    told = json.loads(wanted.stdout)

    assert refused.returncode == 2
    assert "another market" in " ".join(refused.stdout.split())
    assert after == before
    assert wanted.returncode == 0
    assert (told["verdict"], told["written"], told["restated"]) == ("accept", 0, ROWS)
    assert told["why"].startswith("restated: ")
    assert _closes(tmp_path, 60_000_000)[0] == 5.0


def test_a_correction_is_counted_apart(tmp_path: Path) -> None:
    """One bar told otherwise and five new ones, for a program and for a person."""
    rows = lines(ROWS + 5)
    (tmp_path / "first.csv").write_text(text(rows[:ROWS]))
    rows[3] = rows[3].replace("100.04", "100.05")
    (tmp_path / "again.csv").write_text(text(rows))
    market = ("--symbol", "BTC/USD", "--timeframe", "1m")
    nija("import", str(tmp_path / "first.csv"), *market, home=tmp_path)
    done = nija("import", str(tmp_path / "again.csv"), *market, "--json", home=tmp_path)
    told = json.loads(done.stdout)
    again = nija("import", str(tmp_path / "first.csv"), *market, home=tmp_path)

    assert (told["verdict"], told["written"], told["restated"]) == ("accept", 5, 1)
    assert "close 100.05 instead of 100.04" in told["why"]
    assert "0 written, 1 restated, 0 set aside" in " ".join(again.stdout.split())


def test_another_timeframe_is_not_compared(tmp_path: Path) -> None:
    """Hourly bars of other prices lie beside those of a minute under the same symbol."""
    hour_ms = 3_600_000
    start_ms = START_MS - START_MS % hour_ms + hour_ms
    hourly = [f"{start_ms + row * hour_ms},5,6,4,5.{row:02d},1" for row in range(ROWS)]
    (tmp_path / "minutes.csv").write_text(text(lines(ROWS * 60)))
    (tmp_path / "hours.csv").write_text("\n".join([HEADER, *hourly]) + "\n")
    symbol = ("--symbol", "BTC/USD", "--json")
    nija("import", str(tmp_path / "minutes.csv"), *symbol, "--timeframe", "1m", home=tmp_path)
    done = nija("import", str(tmp_path / "hours.csv"), *symbol, "--timeframe", "1h", home=tmp_path)
    told = json.loads(done.stdout)

    assert (told["written"], told["restated"]) == (ROWS, 0)
    assert "restated" not in told["why"]
    assert len(_closes(tmp_path, 60_000_000)) == ROWS * 60
