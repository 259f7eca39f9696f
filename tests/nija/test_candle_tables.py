"""The report as people see it: times beside rows, each remedy once, codes as documented."""

from pathlib import Path

import pytest

from nija.actions.candle_files import check_file
from nija.tables.candles import print_candle_report
from nija_adapters.ledger.ledger import Ledger
from nija_domain.events.ledger import StepConfirmed
from tests.fakes.commands import nija
from tests.nija.test_candle_commands import NOW_MS
from tests.nija_adapters.candle_files.test_candle_files import ROWS, START_MS, lines, text

MARKET = ("--symbol", "BTC/USD", "--timeframe", "1m")


def _stepped() -> list[str]:
    rows = lines()
    for row in range(10, ROWS):
        stamp, *prices, volume = rows[row].split(",")
        rows[row] = ",".join([stamp, *(f"{float(price) * 1000:.2f}" for price in prices), volume])
    return rows


def _shown(path: Path, capsys: pytest.CaptureFixture[str], *, now_ms: int = NOW_MS) -> str:
    print_candle_report(check_file(path, timeframe="1m", now_us=now_ms * 1_000), as_json=False)
    return " ".join(capsys.readouterr().out.split())


def test_the_time_stands_beside_the_row_and_each_remedy_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two thirds of the rows are broken: the advice to look at the file is one line."""
    rows = [row if n % 3 else row.rsplit(",", 1)[0] + ",-1" for n, row in enumerate(lines())]
    rows[1::3] = [row.rsplit(",", 1)[0] + ",x" for row in rows[1::3]]
    (tmp_path / "c.csv").write_text(text(rows))
    shown = _shown(tmp_path / "c.csv", capsys)

    assert "2023-11-14" in shown
    assert shown.count("look at the file") == 1
    assert shown.count("fetch the row again") == 1


def test_a_now_before_the_data_blames_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A month too early."""
    (tmp_path / "c.csv").write_text(text())
    shown = _shown(tmp_path / "c.csv", capsys, now_ms=START_MS - 30 * 86_400_000)

    assert "it is too early" in shown
    assert "columns" not in shown


def test_what_was_assumed_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Accepted, and yet not without a word."""
    (tmp_path / "c.csv").write_text("\n".join(lines()) + "\n")
    shown = _shown(tmp_path / "c.csv", capsys)

    assert shown.startswith("accept")
    assert "no header" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("candles", "check", "c.csv"),
        ("candles", "check", "c.csv", "--timeframe"),
        ("candles", "check", "c.csv", "--timeframe", "1m", "--now", "soon"),
        ("candles", "check", "none.csv", "--timeframe", "1m"),
        ("candles", "check", ".", "--timeframe", "1m"),
        ("candles", "confirm", "BTCUSD", "--at", "2024-05-01"),
        ("candles", "confirm", "BTC/USD", "--at", "yesterday"),
        ("candles", "confirm", "BTC/USD", "--at", "2024-05-01", "--venue", "No Name"),
        ("import",),
        ("import", "none.csv", *MARKET),
        ("import", "c.csv", "--symbol", "BTCUSD", "--timeframe", "1m"),
        ("import", "c.csv", "--symbol", "BTC/USD", "--timeframe", "1x"),
        ("import", "c.csv", *MARKET, "--venue", "No Name"),
        ("import", "c.csv", "--venues", "kraken"),
    ],
)
def test_what_stops_everything_ends_with_two(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Never with 1, which says that rows were set aside; and never with a traceback."""
    (tmp_path / "c.csv").write_text(text())
    found = [str(tmp_path / a) if a.endswith((".csv", ".")) else a for a in arguments]
    done = nija(*found, home=tmp_path / "home")

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_home_that_cannot_be_ends_with_two(tmp_path: Path) -> None:
    """A file where the home should be: nothing of the table was used."""
    (tmp_path / "c.csv").write_text(text())
    (tmp_path / "home").write_text("")
    done = nija("import", str(tmp_path / "c.csv"), *MARKET, home=tmp_path / "home")

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_step_is_imported_once_a_person_has_confirmed_it(tmp_path: Path) -> None:
    """Refused with the command that confirms it; typed as told, it is kept, the file taken."""
    home, at = tmp_path / "home", "2023-11-14T22:24"
    (tmp_path / "c.csv").write_text(text(_stepped()))
    refused = nija("import", str(tmp_path / "c.csv"), *MARKET, home=home)
    found = f"nija candles confirm BTC/USD --venue imported --at {at}"
    assert found in " ".join(refused.stdout.split())
    confirmed = nija(*found.split()[1:], "--why", "new unit", home=home)
    again = nija(*found.split()[1:], home=home)
    taken = nija("import", str(tmp_path / "c.csv"), *MARKET, home=home)
    check = ("candles", "check", str(tmp_path / "c.csv"), "--timeframe", "1m")
    entries = [entry for _, entry in Ledger(home / "ledger" / "ledger.jsonl").read()]

    assert (refused.returncode, confirmed.returncode, taken.returncode) == (2, 0, 0)
    assert [type(entry) for entry in entries] == [StepConfirmed]
    assert "already confirmed" in again.stdout
    assert nija(*check, home=home).returncode == 2
    assert nija(*check, "--symbol", "BTC/USD", home=home).returncode == 0
