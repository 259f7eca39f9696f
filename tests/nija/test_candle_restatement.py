"""An import over stored candles: a correction is counted apart, another market is refused."""

import json
from pathlib import Path

from nija_adapters.lake.lake import Lake
from tests.fakes.commands import nija
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
    answer = json.loads(wanted.stdout)

    assert refused.returncode == 2
    assert "another market" in " ".join(refused.stdout.split())
    assert after == before
    assert wanted.returncode == 0
    assert (answer["verdict"], answer["written"], answer["restated"]) == ("accept", 0, ROWS)
    assert answer["why"].startswith("restated: ")
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
    answer = json.loads(done.stdout)
    again = nija("import", str(tmp_path / "first.csv"), *market, home=tmp_path)

    assert (answer["verdict"], answer["written"], answer["restated"]) == ("accept", 5, 1)
    assert "close 100.05 instead of 100.04" in answer["why"]
    assert f"0 written, {ROWS - 1} identical, 1 restated, 0 quarantined" in " ".join(
        again.stdout.split()
    )


def _hours(folder: Path, *, price: float) -> Path:
    """Whole hours that close at the price, and climb by a hundredth a minute as the minutes do."""
    hour_ms, rows = 3_600_000, []
    start_ms = START_MS - START_MS % hour_ms + hour_ms
    for row in range(ROWS):
        stamp = start_ms + row * hour_ms
        climbed = (stamp + hour_ms - START_MS) / 60_000 / 100
        close = price + climbed
        rows.append(f"{stamp},{close:.2f},{close + 1:.2f},{close - 1:.2f},{close:.2f},1")
    path = folder / f"hours-{price:g}.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def test_another_market_is_refused_beside_minutes_of_the_same_symbol(tmp_path: Path) -> None:
    """Hours that close where the minutes do lie beside them; others need --restate."""
    (tmp_path / "minutes.csv").write_text(text(lines(ROWS * 62)))
    hourly = ("--symbol", "BTC/USD", "--timeframe", "1h", "--json")
    minutes = ("--symbol", "BTC/USD", "--timeframe", "1m")
    nija("import", str(tmp_path / "minutes.csv"), *minutes, home=tmp_path)
    other = nija("import", str(_hours(tmp_path, price=5.0)), *hourly, home=tmp_path)
    same = nija("import", str(_hours(tmp_path, price=100.0)), *hourly, home=tmp_path)
    wanted = nija("import", str(_hours(tmp_path, price=5.0)), *hourly, "--restate", home=tmp_path)
    refused, answer = json.loads(other.stdout), json.loads(same.stdout)

    assert other.returncode == 2
    assert f"{ROWS} of {ROWS} bars close at another price than the 1m bars" in refused["why"]
    assert (same.returncode, answer["written"], answer["verdict"]) == (0, ROWS, "accept")
    assert json.loads(wanted.stdout)["restated"] == ROWS
