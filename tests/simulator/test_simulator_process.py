import json
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.venue_process import greeting_of, start_venue

TINY = ("--history-bars", "10", "--future-bars", "10")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    process = start_venue("--speed", "1", "--seed", "3")
    yield json.loads(process.stdout.readline())["listening"]
    process.send_signal(signal.SIGTERM)
    process.communicate()


def get(address: str, path: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{address}/0/public/{path}") as answer:  # noqa: S310
        return json.load(answer)


def test_one_line_says_where_and_when_and_sigterm_ends_it_cleanly() -> None:
    """Nothing else is on stdout, and the exit status is 0."""
    process = start_venue("--speed", "1000", "--history-bars", "10", "--future-bars", "10")
    line = json.loads(process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate()

    assert set(line) == {"listening", "venue_time_us", "speed"}
    assert line["listening"].startswith("http://127.0.0.1:")
    assert line["venue_time_us"] >= 1_704_067_200_000_000 + 10 * 300_000_000
    assert (out, err, process.returncode) == ("", "", 0)


def test_a_taken_port_is_one_clear_line_and_exit_1() -> None:
    """The message names the port and the remedy."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = start_venue("--port", port)
        out, err = process.communicate()

    assert process.returncode == 1
    assert out == ""
    assert err.count("\n") == 1
    assert f"port {port}" in err
    assert "--port 0" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--speed", "0"), "simulator setting speed is 0.0"),
        (("--speed", "inf"), "simulator setting speed is inf"),
        (("--speed", "fast"), "argument --speed: invalid float value: 'fast'"),
        (("--cash", "much"), "argument --cash: 'much' is not a number"),
        (("--cash", "NaN"), "simulator setting cash"),
        (("--symbols", "BTC/USD,BTC/USD"), "simulator setting symbols"),
        (("--symbols", "A/B/USD"), "simulator setting symbols"),
        (("--regime-bars", "5"), "--regime-bars is '5'"),
        (("--home", "/dev/null"), "--home /dev/null can't be used"),
        (("--tempo", "5"), "unrecognized arguments: --tempo 5"),
    ],
)
def test_a_wrong_setting_is_one_clear_line_and_exit_1(
    arguments: tuple[str, str], words: str
) -> None:
    """The message names the setting, and nothing is on stdout."""
    process = start_venue(*arguments)
    out, err = process.communicate()

    assert (process.returncode, out) == (1, "")
    assert err.count("\n") == 1
    assert words in err


def test_a_second_venue_on_the_same_home_is_one_clear_line_and_exit_1(tmp_path: Path) -> None:
    """The first lives on; after it the home is free, for the settings that it was made with."""
    home = ("--home", str(tmp_path), *TINY)
    first = start_venue(*home)
    greeting_of(first)
    second = start_venue(*home)
    _, taken = second.communicate()
    first.send_signal(signal.SIGTERM)
    first.communicate()
    other = start_venue(*home, "--seed", "2")
    _, mismatch = other.communicate()

    assert (second.returncode, other.returncode, first.returncode) == (1, 1, 0)
    assert taken == f"another simulator uses --home {tmp_path}; stop it, or give another --home\n"
    assert mismatch.startswith(f"--home {tmp_path} was made with --seed 1, not 2; start with")
    assert mismatch.count("\n") == 1


def test_the_candles_are_the_last_720_with_the_open_one_last(address: str) -> None:
    """Whatever `since` says; `last` names the newest closed one."""
    result = get(address, "OHLC?pair=XXBTZUSD&interval=5&since=0")["result"]
    times = [row[0] for row in result["XXBTZUSD"]]

    assert len(times) == 720
    assert result["last"] == times[-2]
    assert times[-1] - times[0] == 719 * 300


def test_since_is_exclusive(address: str) -> None:
    """Asking from `last` on gives the open candle alone."""
    last = get(address, "OHLC?pair=XBTUSD&interval=5")["result"]["last"]
    result = get(address, f"OHLC?pair=XBTUSD&interval=5&since={last}")["result"]

    assert [row[0] for row in result["XXBTZUSD"]] == [last + 300]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("OHLC?pair=NOUSD&interval=5", "EQuery:Unknown asset pair"),
        ("OHLC?pair=XBTUSD&interval=0", "EGeneral:Invalid arguments:interval"),
        ("OHLC?pair=XBTUSD&interval=5&since=soon", "EGeneral:Invalid arguments:since"),
        ("TrueRegimes", "EGeneral:Unknown method"),
    ],
)
def test_a_wrong_question_is_refused_in_krakens_envelope(
    address: str, path: str, words: str
) -> None:
    """And the true regimes are nobody's business."""
    assert get(address, path) == {"error": [words]}


def test_no_answer_tells_the_true_regime(address: str) -> None:
    """The public answers hold what Kraken's hold."""
    spoken = json.dumps([get(address, path) for path in ("AssetPairs", "Assets", "Ticker")])

    assert "regime" not in spoken.lower()
    assert get(address, "SystemStatus")["result"]["status"] == "online"
