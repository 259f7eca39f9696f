"""What a client of the stream is told, without a socket in between."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.dialect_v2 import encode
from simulator.feeds import BEATS_PER_BAR, PublicFeed
from simulator.opening import open_venue
from simulator.settings import SimulatorSettings
from simulator.subscriptions import Subscriptions

SECOND_NS = 1_000_000_000
BAR_S = 300
BUY = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "20"}
STOP = {"close[ordertype]": "stop-loss", "close[price]": "1000.5"}
ACCOUNT = {"channel": "executions", "token": "good"}
THIN = SimulatorSettings(
    history_bars=5, future_bars=20, symbols=("BTC/USD", "ETH/USD"), speed=1.0, cash=Decimal(10**7)
)


class Stopwatch:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


class Listener:
    """A venue with one listener; `move` lets venue seconds pass before the news are taken."""

    def __init__(self, *, is_private: bool = True) -> None:
        self._stopwatch = Stopwatch()
        self.venue = open_venue(THIN, monotonic_ns=self._stopwatch)
        admits = "good".__eq__ if is_private else None
        self.subscriptions = Subscriptions(self.venue, admits=admits)

    def move(self, seconds: float) -> list[dict[str, Any]]:
        self._stopwatch.now_ns += int(seconds * SECOND_NS)
        self.venue.catch_up()
        return [json.loads(encode(message)) for message in self.subscriptions.news()]

    def ask(self, method: str, **params: Any) -> list[dict[str, Any]]:
        request = {"method": method, "req_id": 7} | ({"params": params} if params else {})
        answers = self.subscriptions.answer(json.dumps(request))
        return [json.loads(encode(message)) for message in answers]

    def follow_all(self) -> list[dict[str, Any]]:
        found = self.ask("subscribe", **ACCOUNT)
        for channel, more in (("ticker", {}), ("ohlc", {"interval": 5})):
            found += self.ask("subscribe", channel=channel, symbol=["BTC/USD", "ETH/USD"], **more)
        return found


def told_over(looks_s: list[int]) -> list[dict[str, Any]]:
    """Everything that the stream says of one course of orders, looked at at these moments."""
    listener = Listener()
    found = listener.follow_all()
    moments = sorted({*looks_s, 100, 700, 1_500})
    now_s = 0
    for at_s in moments:
        found += listener.move(at_s - now_s)
        now_s = at_s
        if at_s == 100:
            listener.venue.add_order(BUY | STOP)
        if at_s == 700:
            (first, *_) = listener.venue.open_orders({})["open"]
            listener.venue.cancel_order({"txid": first})
    return found


@settings(max_examples=20, deadline=None)
@given(looks_s=st.lists(st.integers(1, 1_500), max_size=30))
def test_how_often_a_client_is_served_changes_nothing_in_what_it_is_told(
    looks_s: list[int],
) -> None:
    """The same messages in the same order, orders and prices alike."""
    assert told_over(looks_s) == told_over([])


def test_a_stream_that_speaks_only_when_served_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above notices prices that follow the moments of serving."""

    def speak_when_served(self: PublicFeed, topics: Any, *, to_us: int, **_since: int) -> Any:
        return iter([(to_us, m) for topic in topics for m in self.snapshot(topic, at_us=to_us)])

    monkeypatch.setattr(PublicFeed, "updates", speak_when_served)

    assert told_over([50]) != told_over([])


def test_every_closed_candle_is_told_whole_and_equals_what_rest_tells() -> None:
    """The last word on a bar is the bar."""
    listener = Listener()
    listener.follow_all()
    found = [m for m in listener.move(10 * BAR_S) if m["channel"] == "ohlc"]
    last_words = {
        row["interval_begin"]: row
        for message in found
        for row in message["data"]
        if row["symbol"] == "BTC/USD"
    }
    rest = listener.venue.ohlc({"pair": "XBTUSD", "interval": "5"})["XXBTZUSD"][-11:-1]
    words = [(r["open"], r["high"], r["low"], r["close"], r["volume"]) for r in last_words.values()]

    assert words[:-1] == [(*map(float, row[1:5]), float(row[6])) for row in rest]
    assert len(found) == 2 * (10 * BEATS_PER_BAR + 10)


def test_a_subscription_is_acknowledged_and_opened_by_a_snapshot() -> None:
    """One acknowledgement and one snapshot for each symbol, in Kraken's shape."""
    ack, snapshot = Listener().ask("subscribe", channel="ticker", symbol=["BTC/USD"])

    assert ack["success"]
    assert (ack["method"], ack["req_id"]) == ("subscribe", 7)
    assert ack["result"] == {"channel": "ticker", "symbol": "BTC/USD", "snapshot": True}
    assert (snapshot["channel"], snapshot["type"]) == ("ticker", "snapshot")
    assert snapshot["data"][0]["bid"] < snapshot["data"][0]["last"] < snapshot["data"][0]["ask"]


def test_what_is_unsubscribed_is_silent() -> None:
    """The other topics go on."""
    listener = Listener()
    listener.follow_all()
    listener.ask("unsubscribe", channel="ticker", symbol=["BTC/USD", "ETH/USD"])
    listener.ask("unsubscribe", **ACCOUNT)
    listener.venue.add_order(BUY)

    assert {message["channel"] for message in listener.move(BAR_S)} == {"ohlc"}


def test_a_ping_is_answered_with_its_number() -> None:
    """With or without a subscription."""
    (pong,) = Listener().ask("ping")

    assert (pong["method"], pong["req_id"]) == ("pong", 7)


REFUSED = {
    "Currency pair not supported NO/USD": {"channel": "ticker", "symbol": ["NO/USD"]},
    "Subscription ohlc interval not supported": {
        "channel": "ohlc",
        "symbol": ["BTC/USD"],
        "interval": 0,
    },
    "Subscription name invalid": {"channel": "gossip", "symbol": ["BTC/USD"]},
    "Unsupported field: 'depth' for the given msg type: subscribe": {
        "channel": "ticker",
        "depth": 10,
    },
    "Malformed request": {"channel": "ticker", "symbol": "BTC/USD"},
    "ESession:Invalid session": {"channel": "executions", "token": "stolen"},
}


@pytest.mark.parametrize("words", REFUSED)
def test_a_wrong_subscription_is_refused_in_krakens_words(words: str) -> None:
    """The request's number comes back with the error, and nothing is subscribed."""
    listener = Listener()
    (refused,) = listener.ask("subscribe", **REFUSED[words])

    assert (refused["success"], refused["error"]) == (False, words)
    assert refused["req_id"] == 7
    assert listener.subscriptions.is_empty


@pytest.mark.parametrize("text", ["", "hello", "[]", '{"method":5}', b"\xff", "{}"])
def test_what_is_no_request_is_refused_and_the_session_lives(text: str | bytes) -> None:
    """The next request is answered as ever."""
    listener = Listener()
    (refused,) = listener.subscriptions.answer(text)

    assert refused["error"] == "Malformed request"
    assert listener.ask("ping")[0]["method"] == "pong"


def test_twice_subscribed_and_never_subscribed_are_refused() -> None:
    """The first subscription lives on."""
    listener = Listener()
    listener.follow_all()
    (twice,) = listener.ask("subscribe", channel="ticker", symbol=["BTC/USD"])
    listener.ask("unsubscribe", channel="ticker", symbol=["ETH/USD"])
    (never,) = listener.ask("unsubscribe", channel="ticker", symbol=["ETH/USD"])

    assert twice["error"] == "Already subscribed"
    assert never["error"] == "Subscription Not Found"


def test_the_public_door_tells_nothing_of_the_account() -> None:
    """Whatever the token."""
    (refused,) = Listener(is_private=False).ask("subscribe", **ACCOUNT)

    assert "unavailable on this endpoint" in refused["error"]


def test_the_account_hears_the_life_of_an_order_and_its_stop() -> None:
    """Kinds in Kraken's order, numbered without a gap, the fills those that REST tells."""
    listener = Listener()
    listener.ask("subscribe", **ACCOUNT)
    (entry_id,) = listener.venue.add_order(BUY | STOP | {"cl_ord_id": "mine"})["txid"]
    messages = listener.move(15 * BAR_S)
    reports = [report for message in messages for report in message["data"]]
    entry = [report for report in reports if report["order_id"] == entry_id]
    stop = [report for report in reports if report.get("order_ref_id") == entry_id]
    trades = listener.venue.trades_history({})["trades"]

    assert len(trades) > 2
    assert [r["exec_type"] for r in entry[:3]] == ["pending_new", "new", "trade"]
    assert entry[-1]["exec_type"] == entry[-1]["order_status"] == "filled"
    assert {r["cl_ord_id"] for r in entry} == {"mine"}
    assert {r["exec_id"] for r in entry if "exec_id" in r} == set(trades)
    assert [r["exec_type"] for r in stop] == ["new"] + ["restated"] * (len(trades) - 1)
    assert stop[-1]["order_qty"] == 20
    assert stop[-1]["triggers"]["price"] == 1000.5
    assert [m["sequence"] for m in messages] == list(range(2, len(messages) + 2))


def test_who_comes_later_finds_open_orders_and_fills_in_the_snapshots() -> None:
    """The fills only where they are asked for; without order_status the steps are left out."""
    listener = Listener()
    listener.venue.add_order(BUY | STOP)
    listener.move(2 * BAR_S)
    _, fills, orders = listener.ask("subscribe", **ACCOUNT, snap_trades=True, order_status=False)
    news = {r["exec_type"] for m in listener.move(2 * BAR_S) for r in m["data"]}

    assert {r["exec_type"] for r in fills["data"]} == {"trade"}
    assert [r["order_type"] for r in orders["data"]] == ["market", "stop-loss"]
    assert orders["data"][0]["order_status"] == "partially_filled"
    assert news == {"trade"}
