"""The universe as Dagster makes it, over a real lake and a real release channel."""

import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from nija_adapters.journal.writer import JournalWriter
from nija_adapters.lake.lake import Lake
from nija_adapters.settings.loading import load_settings
from nija_adapters.settings.sections import SECTIONS
from nija_domain.errors import SettingsInvalid
from nija_domain.events.records import BarClosed
from nija_domain.market.timeframes import HOUR_US
from nija_domain.universe.scanner import Scan
from nija_pipelines.definitions import defs
from nija_pipelines.resources import Channel
from nija_pipelines.settings import PipelineSettings
from tests.fakes.stages import TIMEFRAME_US, draw_candles
from tests.fakes.venue_process import running_venue

ROOT = Path(__file__).parents[2]
SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD")
BARS = 120
NOON_US = 1_709_294_400_000_000


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Candles of four symbols; the last of them stopped four bars before the others."""
    config = tmp_path / "config"
    shutil.copytree(ROOT / "config", config)
    named = ", ".join(f'"{symbol}"' for symbol in SYMBOLS)
    (config / "nija.toml").write_text(f"[pipelines]\nsymbols = [{named}]\n")
    home = tmp_path / "home"
    histories = draw_candles(bars=BARS, seed=4, symbols=SYMBOLS)
    histories["XRP/USD"] = histories["XRP/USD"].cut(BARS - 4)
    now_us = int(histories["BTC/USD"].ts_us[-1]) + TIMEFRAME_US
    with Lake(home / "lake") as lake:
        lake.append_candles(
            tuple(histories.values()),
            venue="simulated",
            timeframe_us=TIMEFRAME_US,
            source="test",
            known_at_us=now_us,
        )
    monkeypatch.setenv("NIJA_HOME", str(home))
    monkeypatch.setenv("NIJA_CONFIG", str(config))
    monkeypatch.setenv("SYMBOL_SCANNER_TOP_N", "2")
    return home


def scan(home: Path) -> tuple[Scan, dict[str, Any], tuple[str, ...]]:
    """What the asset found, what it told Dagster, and the directive that is in force."""
    job = defs.resolve_job_def("ingestion")
    run = job.execute_in_process(asset_selection=[dg.AssetKey("universe")])
    (found,) = run.asset_materializations_for_node("universe")
    seen = {name: value.value for name, value in found.metadata.items()}
    directive = Channel(home=str(home)).newest_directive("champion", "universe")
    return run.output_for_node("universe"), seen, directive.symbols if directive else ()


def it_is(home: Path, at_us: int) -> None:
    """The venue's time, as the executor recorded it last."""
    path = home / "journal" / "journal.sqlite"
    path.parent.mkdir(exist_ok=True)
    with JournalWriter.open(path) as journal:
        journal.append([BarClosed(at_us=at_us, ts_us=1)])


def test_a_directive_is_dated_by_the_venue(home: Path) -> None:
    """Not by the newest candle: the executor's clock says when its time is over."""
    it_is(home, NOON_US)
    scan(home)
    directive = Channel(home=str(home)).newest_directive("champion", "universe")

    assert directive is not None
    assert (directive.issued_us, directive.expires_us) == (NOON_US, NOON_US + 24 * HOUR_US)


def test_the_best_are_kept_and_the_halted_is_out(home: Path) -> None:
    """A symbol without news is no candidate, and the executor is told of the others."""
    found, result, directed = scan(home)

    assert len(directed) == 2
    assert "XRP/USD" not in directed
    assert "halted" in result["left_out"]["XRP/USD"]
    assert (result["source"], tuple(result["symbols"])) == ("scanner", directed)
    assert directed == tuple(ranked.symbol for ranked in found.kept)


def test_a_second_scan_within_the_interval_tells_nothing_new(home: Path) -> None:
    """Venue time has not moved, so no second directive is issued."""
    first, second = scan(home)[1], scan(home)[1]

    assert first["directive"] == 1
    assert second["directive"] == "none"


def test_a_member_that_halts_leaves_before_the_interval_is_over(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour between scans is no reason to enter for an hour what has no price any more."""
    monkeypatch.setenv("SYMBOL_SCANNER_INTERVAL_SEC", "3600")
    _, _, before = scan(home)
    going = draw_candles(bars=BARS + 6, seed=4, symbols=SYMBOLS)
    now_us = int(going["BTC/USD"].ts_us[-1]) + TIMEFRAME_US
    with Lake(home / "lake") as lake:
        lake.append_candles(
            [history for symbol, history in going.items() if symbol != before[0]],
            venue="simulated",
            timeframe_us=TIMEFRAME_US,
            source="test",
            known_at_us=now_us,
        )
    _, found, after = scan(home)

    assert "halted" in found["left_out"][before[0]]
    assert before[0] not in after
    assert found["directive"] == 2


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("NIJA_PIPELINES_SYMBOL_SCANNER_QUOTE_VOLUME_MIN", "1e17", "quote volume"),
        ("NIJA_PIPELINES_SYMBOL_SCANNER_ATR_FRACTION_MIN", "0.9", "ATR"),
    ],
)
def test_a_market_too_thin_or_too_still_is_out(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    """The least money a bar and the least range of a bar are settings."""
    monkeypatch.setenv(name, value)
    found, result, directed = scan(home)

    assert (found.kept, directed) == ((), ())
    assert why in result["left_out"]["BTC/USD"]


def test_without_a_scanner_the_lists_are_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of the strategy's kind goes before the others; the halted one is passed over."""
    monkeypatch.setenv("SYMBOL_SCANNER_ENABLED", "false")
    monkeypatch.setenv("TRADE_SYMBOLS", "BTC/USD")
    monkeypatch.setenv("TREND_SYMBOLS", "SOL/USD, XRP/USD")
    _, found, directed = scan(home)

    assert found["source"] == "trend_symbols"
    assert directed == ("SOL/USD",)
    assert "halted" in found["left_out"]["XRP/USD"]


def test_nothing_named_leaves_the_release_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No scanner and no list: no directive, and the page says why."""
    monkeypatch.setenv("SYMBOL_SCANNER_ENABLED", "false")
    _, found, directed = scan(home)

    assert directed == ()
    assert "release's own universe" in found["source"]


def test_lists_that_are_switched_off_are_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last directive does not lapse: a person who wants every symbol back is heard."""
    it_is(home, NOON_US)
    _, _, narrow = scan(home)
    it_is(home, NOON_US + HOUR_US)
    monkeypatch.setenv("SYMBOL_SCANNER_ENABLED", "false")
    _, found, wide = scan(home)

    assert set(narrow) < set(wide) == set(SYMBOLS) - {"XRP/USD"}
    assert found["source"] == "symbols"


def test_a_universe_beyond_the_candles_is_refused() -> None:
    """Only what is ingested can be scanned; the message names the setting."""
    with pytest.raises(SettingsInvalid, match="symbol_scanner_universe has PEPE/USD"):
        load_settings(
            PipelineSettings,
            path=None,
            section="pipelines",
            sections=SECTIONS,
            environ={"SYMBOL_SCANNER_UNIVERSE": "BTC/USD, PEPE/USD"},
        )


def test_a_delisted_symbol_does_not_stop_the_ingestion(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The venue answers for the others, and their candles arrive."""
    with running_venue("--history-bars", "30", "--future-bars", "10") as url:
        monkeypatch.setenv("NIJA_PIPELINES_SYMBOLS", "NONE/USD, ADA/USD")
        monkeypatch.setenv("NIJA_PIPELINES_VENUE_URL", url)
        job = defs.resolve_job_def("ingestion")
        run = job.execute_in_process(asset_selection=[dg.AssetKey("candles")])
    with Lake(home / "lake") as lake:
        stored = lake.read_candles(
            ("NONE/USD", "ADA/USD"),
            venue="simulated",
            timeframe_us=TIMEFRAME_US,
            snapshot=lake.snapshot(),
        )

    assert run.success
    assert len(stored["NONE/USD"]) == 0
    assert len(stored["ADA/USD"]) >= 30
