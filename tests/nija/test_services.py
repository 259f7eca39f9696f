"""What `make up` tells the simulated venue and the gateway of bars and symbols."""

from pathlib import Path

import pytest

from nija.home import Home, prepare_home
from nija.running.services import VENUE_HISTORY_BARS, Service, services_of
from nija.settings import UpSettings
from nija_domain.universe.symbols import DEFAULT_SYMBOLS
from simulator.chronicle import Chronicle, Header


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return prepare_home(tmp_path)


def service(home: Home, name: str, settings: UpSettings | None = None) -> Service:
    found = services_of(home, settings or UpSettings())
    return next(service for service in found if service.name == name)


def flag(command: tuple[str, ...], name: str) -> str:
    return command[command.index(name) + 1]


def made_with(home: Home, flags: dict[str, str]) -> None:
    chronicle = Chronicle(home.folder / "venue")
    chronicle.entries(Header(settings=flags, world=""))
    chronicle.close()


@pytest.mark.parametrize(("timeframe", "stale_after_s"), [("5m", "15.0"), ("1h", "180.0")])
def test_a_new_venue_has_bars_of_the_length_that_is_traded_on(
    home: Home, monkeypatch: pytest.MonkeyPatch, timeframe: str, stale_after_s: str
) -> None:
    """And the gateway waits for three of them before it calls the executor stale."""
    monkeypatch.setenv("NIJA_PIPELINES_TIMEFRAME", timeframe)

    command = service(home, "venue").command

    assert flag(command, "--timeframe") == timeframe
    assert flag(command, "--history-bars") == str(VENUE_HISTORY_BARS)
    assert service(home, "gateway").environ["NIJA_GATEWAY_STALE_AFTER_S"] == stale_after_s


def listed_symbols(home: Home) -> str:
    return service(home, "executor").environ["NIJA_EXECUTOR_SYMBOLS"]


def test_the_executor_knows_the_symbols_that_are_trained_on(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that the pipelines alone know would be refused at each signal as not listed."""
    monkeypatch.setenv("NIJA_PIPELINES_SYMBOLS", "BTC/USD,LTC/USD")

    assert listed_symbols(home) == ",".join((*DEFAULT_SYMBOLS, "LTC/USD"))


def test_symbols_chosen_for_the_executor_stay_chosen(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person allows it is not widened by what is trained on."""
    monkeypatch.setenv("NIJA_PIPELINES_SYMBOLS", "BTC/USD,LTC/USD")
    monkeypatch.setenv("NIJA_EXECUTOR_SYMBOLS", "ETH/USD")

    assert listed_symbols(home) == "ETH/USD"


OLD = {"--history-bars": "800"}


@pytest.mark.parametrize(("flags", "kept"), [({**OLD, "--timeframe": "4h"}, "4h"), (OLD, "5m")])
def test_a_venue_keeps_the_bars_that_its_home_was_made_with(
    home: Home, monkeypatch: pytest.MonkeyPatch, flags: dict[str, str], kept: str
) -> None:
    """It would refuse others; it makes the wanted ones out of its own."""
    monkeypatch.setenv("NIJA_PIPELINES_TIMEFRAME", "1h")
    made_with(home, flags)

    command = service(home, "venue").command

    assert flag(command, "--timeframe") == kept
    assert flag(command, "--history-bars") == "800"


def test_a_person_lists_more_symbols(home: Home) -> None:
    """Behind the default ones, whose worlds stay as they are."""
    command = service(home, "venue", UpSettings(venue_symbols=("LTC/USD",))).command

    assert flag(command, "--symbols").endswith("DOT/USD,LTC/USD")


@pytest.mark.parametrize("symbols", [("LTC",), ("BTC/USD",), ("LTC/USD", "LTC/USD"), ("LTC/EUR",)])
def test_a_symbol_that_cannot_be_listed_is_refused(symbols: tuple[str, ...]) -> None:
    """With the way to write it."""
    with pytest.raises(ValueError, match=r"venue_symbols has .* such as LTC/USD"):
        UpSettings(venue_symbols=symbols)
