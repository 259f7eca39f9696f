"""`nija candles check` and `nija import` as a user meets them: exit codes, JSON."""

import json
from pathlib import Path

import pytest

from nija.actions.candle_files import ImportPlan, import_files
from nija.actions.candle_store import open_candle_store
from nija_adapters.home.places import Home
from nija_adapters.lake.lake import Lake
from tests.fakes.commands import nija
from tests.nija_adapters.candle_files.test_candle_files import HEADER, ROWS, START_MS, lines, text

NOW_MS = START_MS + ROWS * 60_000


@pytest.mark.parametrize(
    ("rows", "code", "verdict", "rules"),
    [
        (lines(), 0, "accept", set()),
        ([*lines(), lines()[3]], 0, "repair", {"order", "duplicate"}),
        ([*lines()[:-1], lines()[-1].replace(",1", ",-1", 1)], 1, "quarantine", {"price"}),
        (["<html>"], 2, "refuse", {"cells", "untrusted"}),
    ],
)
def test_a_verdict_is_json_and_an_exit_code(
    tmp_path: Path, rows: list[str], code: int, verdict: str, rules: set[str]
) -> None:
    """Exactly four fields; problems with row, time in milliseconds, rule and text."""
    file = tmp_path / "candles.csv"
    file.write_text(text(rows))
    done = nija("candles", "check", str(file), "--timeframe", "1m", "--now", str(NOW_MS), "--json")
    report = json.loads(done.stdout)

    assert done.returncode == code
    assert list(report) == ["verdict", "rows_in", "rows_out", "problems"]
    assert report["verdict"] == verdict
    assert report["rows_in"] == len(rows)
    assert {problem["rule"] for problem in report["problems"]} == rules
    assert all(list(p) == ["row", "ts", "rule", "text"] for p in report["problems"])


def test_bad_questions_have_clear_answers(tmp_path: Path) -> None:
    """A missing file and an unknown timeframe: exit 2, the remedy named, no traceback."""
    (tmp_path / "candles.csv").write_text(text())
    missing = nija("candles", "check", str(tmp_path / "no.csv"), "--timeframe", "1m", "--json")
    odd = nija("candles", "check", str(tmp_path / "candles.csv"), "--timeframe", "1x", "--json")

    assert (missing.returncode, odd.returncode) == (2, 2)
    assert "no.csv" in json.loads(missing.stdout)["problems"][0]["text"]
    assert "as in 5m" in json.loads(odd.stdout)["problems"][0]["text"]
    assert missing.stderr == odd.stderr == ""


def test_an_import_reaches_the_lake_once(tmp_path: Path) -> None:
    """Clean rows are stored, broken ones set aside; the second time nothing is new."""
    rows = lines()
    rows[7] = rows[7].rsplit(",", 1)[0] + ",-3"
    file = tmp_path / "BTCUSD-1m-2023-11.csv"
    file.write_text("\n".join([HEADER, *rows]) + "\n")
    first, second = (nija("import", str(file), "--json", home=tmp_path / "home") for _ in range(2))
    answer = [json.loads(done.stdout) for done in (first, second)]
    with Lake(tmp_path / "home" / "lake") as lake:
        stored = lake.read_candles(
            ["BTC/USD"], venue="binance", timeframe_us=60_000_000, snapshot=lake.snapshot()
        )

    assert (first.returncode, second.returncode) == (1, 1)
    assert [(t["written"], t["quarantined"]) for t in answer] == [(ROWS - 1, 1), (0, 0)]
    assert [t["identical"] for t in answer] == [0, ROWS - 1]
    assert len(stored["BTC/USD"]) == ROWS - 1
    assert "volume" in answer[0]["why"]


def test_no_broken_row_is_lost(tmp_path: Path) -> None:
    """Two files that tell a minute otherwise leave both tellings; the second time nothing new."""
    for name, cell in (("a.csv", "abc"), ("b.csv", "xyz")):
        rows = lines()
        rows[7] = rows[7].rsplit(",", 1)[0] + f",{cell}"
        (tmp_path / name).write_text(text(rows))
    plan = ImportPlan(symbol="BTC/USD", timeframe="1m", now_us=NOW_MS * 1_000)
    paths = [tmp_path / name for name in ("a.csv", "b.csv", "a.csv", "b.csv")]
    with open_candle_store(Home(tmp_path)) as store:
        counts = [found.quarantined for found in import_files(paths, plan, store=store)]
    with Lake(tmp_path / "lake") as lake:
        kept = lake._catalogue.read(
            lambda cursor: cursor.execute(
                "SELECT ts_us, timeframe_us, close, volume, raw FROM lake.candle_quarantine"
                " ORDER BY raw"
            ).fetchall()
        )

    assert counts == [1, 1, 0, 0]
    assert [row[:4] for row in kept] == [
        ((START_MS + 420_000) * 1_000, 60_000_000, 100.08, None)
    ] * 2
    assert [row[4][-4:] for row in kept] == [",abc", ",xyz"]


def test_the_status_tells_what_was_imported(tmp_path: Path) -> None:
    """Rows, reach and the last ingest, for a program and for a person; no lake is no traceback."""
    (tmp_path / "BTCUSD-1m-2023-11.csv").write_text(text())
    home = tmp_path / "home"
    before = nija("lake", "status", home=home)
    nija("import", str(tmp_path / "BTCUSD-1m-2023-11.csv"), home=home)
    status = json.loads(nija("lake", "status", "--json", home=home).stdout)
    output = nija("lake", "status", home=home).stdout

    assert before.returncode == 1
    assert "no lake in" in before.stderr
    assert [(r["symbol"], r["rows"], r["restated"]) for r in status["reaches"]] == [
        ("BTC/USD", ROWS, 0)
    ]
    assert status["last_ingests"][0]["written"] == ROWS
    assert "BTC/USD" in output


def test_a_missing_data_file_is_no_traceback(tmp_path: Path) -> None:
    """The status and an import name the file and the remedy; of the import nothing was used."""
    (tmp_path / "BTCUSD-1m-2023-11.csv").write_text(text())
    file = str(tmp_path / "BTCUSD-1m-2023-11.csv")
    nija("import", file, home=tmp_path)
    for path in (tmp_path / "lake" / "data").rglob("*.parquet"):
        path.unlink()
    status, again = nija("lake", "status", home=tmp_path), nija("import", file, home=tmp_path)

    assert (status.returncode, again.returncode) == (1, 2)
    for done in (status, again):
        assert "restore the file from a copy" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_name_that_tells_no_market_asks_for_it(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(text())
    done = nija("import", str(tmp_path / "mine.csv"), home=tmp_path / "home")

    assert done.returncode == 2
    assert "--symbol" in done.stdout
