"""Files into the lake: names tell the market, options what they do not, and one stops no other."""

import gzip
import zipfile
from pathlib import Path

import pytest

from nija.actions.candle_files import Imported, ImportPlan, check_file, import_files
from nija.actions.candle_store import open_candle_store
from nija.bootstrap import ROOT, chosen_home
from nija.tables.candles import print_imported
from nija_adapters.home.places import Home
from nija_adapters.lake.lake import Lake
from nija_domain.errors import SettingsInvalid
from tests.nija_adapters.candle_files.test_candle_files import HEADER, ROWS, START_MS, text

NOW_US = (START_MS + ROWS * 60_000) * 1_000


def imported(
    folder: Path, *names: str, symbol: str | None = None, timeframe: str | None = None
) -> list[Imported]:
    plan = ImportPlan(symbol=symbol, timeframe=timeframe, now_us=NOW_US)
    with open_candle_store(Home(folder / "home")) as store:
        return list(import_files([folder / name for name in names], plan, store=store))


def stored_symbols(folder: Path) -> list[str]:
    with Lake(folder / "home" / "lake") as lake:
        return sorted(reach.symbol for reach in lake.status().reaches)


def test_an_option_contradicts_no_name(tmp_path: Path) -> None:
    """Ether from an archive stays out of Bitcoin, and the named market is stored."""
    with zipfile.ZipFile(tmp_path / "ohlcvt.zip", "w") as archive:
        archive.writestr("ETHUSD_1.csv", text())
        archive.writestr("XBTUSD_1.csv", text())
    ether, bitcoin = imported(tmp_path, "ohlcvt.zip", symbol="BTC/USD", timeframe="60s")

    assert (ether.verdict, bitcoin.verdict) == ("refuse", "accept")
    assert ether.symbol == "ETH/USD"
    assert "says ETH/USD, --symbol says BTC/USD" in ether.why
    assert stored_symbols(tmp_path) == ["BTC/USD"]


def test_another_timeframe_than_the_name_tells_is_refused(tmp_path: Path) -> None:
    (tmp_path / "XBTUSD_1.csv").write_text(text())
    (found,) = imported(tmp_path, "XBTUSD_1.csv", timeframe="1h")

    assert found.verdict == "refuse"
    assert "says 1m, --timeframe says 1h" in found.why


def test_options_tell_what_no_name_does(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(text())
    (found,) = imported(tmp_path, "mine.csv", symbol="BTC/USD", timeframe="1m")

    assert (found.symbol, found.verdict, found.written) == ("BTC/USD", "accept", ROWS)


def test_a_file_of_no_known_market_is_told_without_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No gap stands where the market would."""
    (tmp_path / "mine.csv").write_text(text())
    (found,) = imported(tmp_path, "mine.csv")
    print_imported(found, as_json=False)

    assert "mine.csv of imported:" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["BTCUSDT-1w-2023-11.csv", "XBTUSD_0.csv"])
def test_a_timeframe_that_is_none_refuses_its_file_only(name: str, tmp_path: Path) -> None:
    """The file is named with the reason, and the next one is stored."""
    (tmp_path / name).write_text(text())
    (tmp_path / "XBTUSD_1.csv").write_text(text())
    odd, whole = imported(tmp_path, name, "XBTUSD_1.csv")

    assert (odd.name, odd.verdict, whole.verdict) == (name, "refuse", "accept")
    assert "as in 5m" in odd.why


@pytest.mark.parametrize(
    ("symbol", "timeframe", "option"),
    [
        (None, "zz", "--timeframe"),
        (None, "99999999999d", "--timeframe"),
        ("BTCUSD", None, "--symbol"),
        ("../USD", None, "--symbol"),
        ("BTC/USD/EUR", None, "--symbol"),
        ("", None, "--symbol"),
    ],
)
def test_a_wrong_option_is_named(
    symbol: str | None, timeframe: str | None, option: str, tmp_path: Path
) -> None:
    """It is wrong for every file: none is read."""
    with pytest.raises(SettingsInvalid, match=option):
        imported(tmp_path, "XBTUSD_1.csv", symbol=symbol, timeframe=timeframe)


BROKEN = {
    "nothing": (b"", "no row"),
    "a page": (b"<html>busy</html>", "HTML"),
    "no volume": (text().replace("volume", "extra").encode(), "no column for volume"),
    "a header alone": (f"{HEADER}\n".encode(), "no row"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_a_file_is_told_before_its_name(name: str, tmp_path: Path) -> None:
    """A name without a market matters only to a file that could be read."""
    body, why = BROKEN[name]
    (tmp_path / "mine.csv").write_bytes(body)
    (found,) = imported(tmp_path, "mine.csv")

    assert found.verdict == "refuse"
    assert why in found.why


def test_a_missing_file_and_a_folder_are_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    missing, folder = imported(tmp_path, "mine.csv", "folder")

    assert "does not exist" in missing.why
    assert "is a folder" in folder.why


def test_a_gzipped_file_has_the_name_that_was_packed(tmp_path: Path) -> None:
    (tmp_path / "XBTUSD_1.csv.gz").write_bytes(gzip.compress(text().encode()))
    (found,) = imported(tmp_path, "XBTUSD_1.csv.gz")

    assert (found.symbol, found.verdict) == ("BTC/USD", "accept")


@pytest.mark.parametrize("now_us", [NOW_US // 1_000, NOW_US * 1_000, 0, -1])
def test_a_now_in_another_unit_is_named(now_us: int, tmp_path: Path) -> None:
    """Nothing is said of the file, whose stamps are right."""
    (tmp_path / "mine.csv").write_text(text())
    report = check_file(tmp_path / "mine.csv", timeframe="1m", now_us=now_us)

    assert (report.verdict, [problem.rule for problem in report.problems]) == ("refuse", ["now"])
    assert "--now" in report.problems[0].text


@pytest.mark.parametrize(("named", "home"), [("", ROOT / ".nija"), ("/elsewhere", "/elsewhere")])
def test_an_empty_home_is_none(
    named: str, home: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIJA_HOME", named)

    assert chosen_home().folder == Path(home)
