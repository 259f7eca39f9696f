"""`nija lake` and `nija regimes fit` as a user meets them: whose candles they are about."""

import json
from pathlib import Path

import polars as pl

from nija_adapters.lake.lake import Lake
from nija_adapters.ledger.ledger import Ledger
from nija_domain.events.ledger import CandlesForgotten
from nija_domain.market.timeframes import MINUTE_US
from tests.fakes.commands import nija
from tests.fakes.true_filters import draw_history
from tests.nija_adapters.candle_files.test_candle_files import ROWS, text

MARKET = ("--symbol", "BTC/USD", "--timeframe", "1m")
SERIES = ("--venue", "imported", *MARKET)
BARS = 1_400


def _import(home: Path, *options: str) -> None:
    path = home / "btc.csv"
    path.write_text(text())
    done = nija("import", str(path), *MARKET, *options, home=home)

    assert done.returncode == 0, done.stderr


def _series(home: Path) -> list[tuple[str, int]]:
    with Lake(home / "lake") as lake:
        return [(reach.venue, reach.rows) for reach in lake.status().reaches]


def test_a_file_belongs_to_the_venue_that_is_named(tmp_path: Path) -> None:
    """Else to `imported`; never to the venue that the pipelines trade on."""
    _import(tmp_path)
    _import(tmp_path, "--venue", "kraken")
    odd = nija("import", str(tmp_path / "btc.csv"), *MARKET, "--venue", "Kraken!", home=tmp_path)

    assert _series(tmp_path) == [("imported", ROWS), ("kraken", ROWS)]
    assert odd.returncode == 2
    assert "write it like kraken, binance or imported" in odd.stderr


def test_a_series_is_forgotten_once_a_person_agrees(tmp_path: Path) -> None:
    """What will go is said first; a no changes nothing; a yes is recorded in the ledger."""
    _import(tmp_path)
    refused = nija("lake", "forget", *SERIES, home=tmp_path, said="n\n")
    kept = _series(tmp_path)
    done = nija("lake", "forget", *SERIES, "--yes", home=tmp_path)
    again = nija("lake", "forget", *SERIES, "--yes", home=tmp_path)
    recorded = [entry for _, entry in Ledger(tmp_path / "ledger" / "ledger.jsonl").read()]

    assert refused.returncode == 1
    assert f"{ROWS} bars of 1m, BTC/USD of imported" in refused.stdout
    assert kept == [("imported", ROWS)]
    assert done.returncode == 0
    assert _series(tmp_path) == []
    assert again.returncode == 1
    assert "holds no 1m candles of BTC/USD at imported" in again.stderr
    (entry,) = recorded
    assert isinstance(entry, CandlesForgotten)
    assert (entry.venue, entry.symbol, entry.rows) == ("imported", "BTC/USD", ROWS)


def test_regimes_are_fitted_on_the_candles_that_are_named(tmp_path: Path) -> None:
    """Imported ones, as they lie in the lake: no venue runs, and nothing is fetched or stored."""
    history, _, _ = draw_history(degrees=6.0, bars=BARS, seed=5)
    columns = {name: getattr(history, name) for name in ("open", "high", "low", "close", "volume")}
    path = tmp_path / "own.parquet"
    pl.DataFrame({"ts": history.ts_us // 1_000, **columns}).write_parquet(path)
    frame = f"{int(history.ts_us[1] - history.ts_us[0]) // MINUTE_US}m"
    nija("import", str(path), "--symbol", "X/USD", "--timeframe", frame, home=tmp_path)
    before = _series(tmp_path)
    own = nija("regimes", "fit", home=tmp_path)
    fitted = nija("regimes", "fit", "--venue", "imported", "--json", home=tmp_path)
    answer = json.loads(fitted.stdout)
    shown = nija("regimes", "show", "--venue", "imported", home=tmp_path)

    assert own.returncode == 1
    assert f"holds no 5m candles of simulated; it holds X/USD {frame}" in own.stderr
    assert answer["studied"]["venue"] == "imported"
    assert (answer["studied"]["symbols"], answer["studied"]["bars"]) == (["X/USD"], BARS)
    assert answer["model"]["state_names"] == ["Bull", "Bear", "Chop"]
    assert f"{BARS:,} bars of {frame}, X/USD of imported" in shown.stdout
    assert "over one state" in shown.stdout
    assert "warm start: none, there is no champion" in shown.stdout
    assert answer["choice"]["covariance"] in {"diag", "full"}
    assert _series(tmp_path) == before
    assert not (tmp_path / "records").exists()
