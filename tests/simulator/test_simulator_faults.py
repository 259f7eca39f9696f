"""The switch by which things go wrong, and what it refuses."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nija_domain.errors import SettingsInvalid
from simulator.faults import KINDS, REQUEST_KINDS, Fault, FaultBoard
from tests.fakes.venue_process import ask, running_venue

PAGE = Path(__file__).parents[2] / "docs" / "simulator.md"


@pytest.fixture(scope="module")
def faulty_url() -> Iterator[str]:
    with running_venue("--faults", "--history-bars", "10", "--future-bars", "10") as url:
        yield url


def test_a_fault_strikes_as_often_as_it_was_armed_and_its_method_only() -> None:
    """In the order of arming; what has struck is counted by kind and method."""
    board = FaultBoard()
    board.arm(Fault(kind="busy", count=2, method="AddOrder"))
    board.arm(Fault(kind="drop"))
    methods = ["Balance", "AddOrder", "Balance", "AddOrder", "AddOrder"]
    struck = [board.strike(REQUEST_KINDS, method=method) for method in methods]

    assert [fault and fault.kind for fault in struck] == ["drop", "busy", None, "busy", None]
    assert board.report() == {
        "armed": [],
        "closed_pairs": {},
        "fired": [
            {"kind": "drop", "method": "Balance", "times": 1},
            {"kind": "busy", "method": "AddOrder", "times": 2},
        ],
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "busy", "count": 0}, "count"),
        ({"kind": "socket_cut", "count": 2}, "count"),
        ({"kind": "nonce", "acts": True}, "acts"),
        ({"kind": "slow"}, "delay_ms"),
        ({"kind": "busy", "delay_ms": 5}, "delay_ms"),
        ({"kind": "late_stop"}, "venue_delay_s"),
        ({"kind": "late_stop", "venue_delay_s": 5, "method": "Balance"}, "method"),
        ({"kind": "lagging_trades"}, "venue_delay_s"),
        ({"kind": "lagging_trades", "venue_delay_s": 5, "method": "BalanceEx"}, "method"),
        ({"kind": "lagging_balances", "venue_delay_s": 5, "method": "TradesHistory"}, "method"),
        ({"kind": "fee_in_coins", "method": "Balance"}, "method"),
        ({"kind": "halted"}, "symbol"),
        ({"kind": "halted", "symbol": "BTC/USD", "method": "OHLC"}, "method"),
        ({"kind": "delisted", "symbol": "BTC/USD", "count": 2}, "count"),
        ({"kind": "busy", "symbol": "BTC/USD"}, "symbol"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_by_its_field(
    fields: dict[str, object], words: str
) -> None:
    """The message names the field and what it must be."""
    with pytest.raises(SettingsInvalid, match=f"fault field {words} is .* it must be"):
        Fault(**fields)


def test_the_page_tells_every_kind() -> None:
    """In the first column of its table, and no kind that is not there."""
    table = PAGE.read_text().partition("## Faults on purpose")[2]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]

    assert sorted(told) == sorted(KINDS)


def test_an_unknown_kind_is_answered_400_and_told_the_known_ones(faulty_url: str) -> None:
    """Every one of them by name."""
    status, answer = ask(f"{faulty_url}/faults", {"kind": "earthquake"})

    assert status == 400
    assert all(kind in answer["error"] for kind in ["earthquake", *KINDS])


@pytest.mark.parametrize(
    "body", [{}, {"kind": "busy", "when": "now"}, {"kind": "busy", "count": "x"}]
)
def test_what_is_no_fault_is_answered_400(faulty_url: str, body: dict[str, object]) -> None:
    """And nothing is armed."""
    status, answer = ask(f"{faulty_url}/faults", body)

    assert status == 400
    assert answer["error"]
    assert ask(f"{faulty_url}/faults")[1]["armed"] == []


def test_public_requests_are_struck_too_and_the_switch_tells_of_it(faulty_url: str) -> None:
    """What is armed counts down; afterwards the venue is as ever."""
    _, armed = ask(f"{faulty_url}/faults", {"kind": "busy", "count": 1, "method": "Time"})
    struck = ask(f"{faulty_url}/0/public/Time")[1]
    healthy = ask(f"{faulty_url}/0/public/Time")[1]
    _, report = ask(f"{faulty_url}/faults")

    assert armed["armed"] == [{"kind": "busy", "method": "Time", "left": 1}]
    assert struck == {"error": ["EService:Busy"]}
    assert healthy["error"] == []
    assert report["armed"] == []
    assert {"kind": "busy", "method": "Time", "times": 1} in report["fired"]


def test_without_the_flag_there_is_no_switch() -> None:
    """Neither to look at nor to turn."""
    with running_venue("--history-bars", "10", "--future-bars", "10") as url:
        looked, turned = ask(f"{url}/faults"), ask(f"{url}/faults", {"kind": "busy"})

    assert (looked[0], turned[0]) == (404, 404)
    assert json.dumps([looked[1], turned[1]]) == "[{}, {}]"


def test_a_halted_pair_is_listed_and_has_no_news() -> None:
    """Its status says cancel_only, and no candle is added while the others go on."""
    flags = ("--faults", "--history-bars", "10", "--future-bars", "900", "--speed", "60000")
    with running_venue(*flags) as url:
        ask(f"{url}/faults", {"kind": "halted", "symbol": "ETH/USD"})
        ask(f"{url}/faults", {"kind": "delisted", "symbol": "SOL/USD"})
        first = _candles(url, "ETHUSD")
        while len(_candles(url, "XBTUSD")) < len(first) + 2:
            continue
        halted, gone = _candles(url, "ETHUSD"), ask(f"{url}/0/public/OHLC?pair=SOLUSD&interval=5")
        pairs = ask(f"{url}/0/public/AssetPairs")[1]["result"]

    assert halted == first
    assert gone[1] == {"error": ["EQuery:Unknown asset pair"]}
    assert pairs["XETHZUSD"]["status"] == "cancel_only"
    assert pairs["XXBTZUSD"]["status"] == "online"
    assert "SOLUSD" not in pairs


def _candles(url: str, pair: str) -> list[list[object]]:
    result = ask(f"{url}/0/public/OHLC?pair={pair}&interval=5")[1]["result"]
    return next(rows for name, rows in result.items() if name != "last")
