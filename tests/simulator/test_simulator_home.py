"""The account outlives the process: acts on disk, done again at the next start."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from nija_domain.errors import SettingsInvalid
from simulator.acts import Act, Cancel
from simulator.chronicle import Chronicle
from simulator.engine import Engine
from simulator.faults import Fault, FaultBoard
from simulator.keyring import Keyring
from simulator.opening import open_venue
from simulator.refusals import Refusal
from simulator.settings import SimulatorSettings
from simulator.venue import Venue

SETTINGS = SimulatorSettings(
    history_bars=5, future_bars=30, symbols=("BTC/USD",), speed=1.0, cash=Decimal(10**7)
)
BUY = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "5"}
LATE_STOP = Fault(kind="late_stop", venue_delay_s=500)
STOP = {"close[ordertype]": "stop-loss", "close[price]": "60000.5"}


class Stopwatch:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


@contextmanager
def run_of(home: Path, *, settings: SimulatorSettings = SETTINGS) -> Iterator[Venue]:
    """One run of a venue on this home."""
    chronicle = Chronicle(home)
    try:
        yield open_venue(settings, monotonic_ns=Stopwatch(), chronicle=chronicle)
    finally:
        chronicle.close()


def played(steps: list[tuple[int, str]], *, home: Path) -> tuple[Engine, Engine]:
    """A venue that ran through, and one that was started anew at every r.

    b buys, l buys with a stop that comes late, s sells, c cancels.
    """
    unbroken, board = Stopwatch(), FaultBoard()
    never = open_venue(SETTINGS, monotonic_ns=unbroken, faults=board)
    again, stopwatch, chronicle = _reopened(home, board=board)
    for seconds, step in steps:
        for watch, venue in ((unbroken, never), (stopwatch, again)):
            watch.now_ns += seconds * 1_000_000_000
            venue.catch_up()
            _take(venue, step, board=board)
        chronicle.mark(again.engine.now_us, nonce=1)
        if step == "r":
            chronicle.close()
            again, stopwatch, chronicle = _reopened(home, board=board)
    again.catch_up()
    chronicle.close()
    return never.engine, again.engine


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(1, 900), st.sampled_from("blscr")), max_size=9))
def test_a_venue_that_is_restarted_at_any_moment_is_the_venue_that_never_was(
    steps: list[tuple[int, str]],
) -> None:
    """Orders, fills, balances, time and the stream's past are equal."""
    with TemporaryDirectory() as name:
        one, other = played(steps, home=Path(name))

    assert other.now_us == one.now_us
    assert (other.open_orders, other.closed_orders) == (one.open_orders, one.closed_orders)
    assert (other.trades, other.balances.totals) == (one.trades, one.balances.totals)
    assert other.happenings == one.happenings


def test_a_home_that_forgets_cancels_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison above notices an act that was carried out and not written down."""
    monkeypatch.setattr(Venue, "_record", _record_no_cancel)
    one, other = played([(10, "b"), (400, "c"), (10, "r")], home=tmp_path)

    assert len(one.closed_orders) > len(other.closed_orders)


def _record_no_cancel(self: Venue, act: Act) -> None:
    if self._chronicle is not None and not isinstance(act, Cancel):
        self._chronicle.append(act, at_us=self.engine.now_us)


def _reopened(home: Path, *, board: FaultBoard) -> tuple[Venue, Stopwatch, Chronicle]:
    stopwatch, chronicle = Stopwatch(), Chronicle(home)
    venue = open_venue(SETTINGS, monotonic_ns=stopwatch, faults=board, chronicle=chronicle)
    return venue, stopwatch, chronicle


def _take(venue: Venue, step: str, *, board: FaultBoard) -> None:
    try:
        if step == "l":
            board.arm(LATE_STOP)
        if step in "bl":
            venue.add_order(BUY | STOP)
        if step == "s":
            venue.add_order(BUY | {"type": "sell", "volume": "0.5"})
        if step == "c":
            venue.cancel_order({"txid": next(iter(venue.engine.open_orders), "")})
    except Refusal:
        board.strike(("late_stop",), method="AddOrder")


def test_no_venue_time_passes_while_the_venue_is_down(tmp_path: Path) -> None:
    """It goes on from the last moment that it told."""
    chronicle = Chronicle(tmp_path)
    venue = open_venue(SETTINGS, monotonic_ns=Stopwatch(), chronicle=chronicle)
    told_us = venue.engine.now_us + 123_456_789
    chronicle.mark(told_us, nonce=77)
    chronicle.close()
    with run_of(tmp_path) as later:
        later.catch_up()
        told_later_us = later.engine.now_us

    assert told_later_us == told_us


def test_a_nonce_that_was_used_before_the_restart_is_refused_after_it(tmp_path: Path) -> None:
    """Also where the file of the last moment is lost: every act carries the nonce by then."""
    chronicle = Chronicle(tmp_path)
    venue = open_venue(SETTINGS, monotonic_ns=Stopwatch(), chronicle=chronicle)
    chronicle.mark(venue.engine.now_us, nonce=77)
    venue.add_order(BUY)
    chronicle.close()
    (tmp_path / "moment").unlink()
    chronicle = Chronicle(tmp_path)
    open_venue(SETTINGS, monotonic_ns=Stopwatch(), chronicle=chronicle)
    keyring = Keyring("key", api_secret="a2V5", last_nonce=chronicle.nonce)  # noqa: S106
    chronicle.close()

    assert keyring.last_nonce == 77


def test_a_torn_last_line_was_never_answered_and_is_forgotten(tmp_path: Path) -> None:
    """Every cut through the last act leaves the acts before it, and the home can be used on."""
    with run_of(tmp_path) as venue:
        venue.add_order(BUY | STOP)
        whole = (tmp_path / "acts.jsonl").read_bytes()
        venue.add_order(BUY | {"volume": "1"})
    full = (tmp_path / "acts.jsonl").read_bytes()
    rng = np.random.default_rng(1)
    for cut in rng.integers(len(whole), len(full), size=10):
        (tmp_path / "acts.jsonl").write_bytes(full[:cut])
        with run_of(tmp_path) as venue:
            orders = venue.engine.open_orders | venue.engine.closed_orders
            entries = [order for order in orders.values() if order.parent_txid is None]

        assert [order.ticket.quantity for order in entries] == [5]
        assert (tmp_path / "acts.jsonl").read_bytes() == whole


def test_a_disk_that_is_full_makes_the_venue_unavailable_and_changes_nothing(
    tmp_path: Path,
) -> None:
    """The order is not there, now and after a restart; with room again orders are taken."""
    with run_of(tmp_path) as venue:
        size = (tmp_path / "acts.jsonl").stat().st_size
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, most))
        try:
            with pytest.raises(Refusal, match="EService:Unavailable"):
                venue.add_order(BUY)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        refused = dict(venue.engine.open_orders | venue.engine.closed_orders)
        venue.add_order(BUY | {"volume": "1"})
    with run_of(tmp_path) as venue:
        kept = venue.engine.open_orders | venue.engine.closed_orders

    assert refused == {}
    assert [order.ticket.quantity for order in kept.values()] == [1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": 2}, "--seed 1, not 2"),
        ({"cash": Decimal(5)}, "--cash 10000000, not 5"),
        ({"symbols": ("ETH/USD", "BTC/USD")}, "--symbols BTC/USD, not ETH/USD,BTC/USD"),
        ({"timeframe": "1h"}, "--timeframe 5m, not 1h"),
    ],
)
def test_other_settings_than_the_homes_are_refused_by_their_flag(
    change: dict[str, object], words: str, tmp_path: Path
) -> None:
    """Port, speed and key may change; what the account depends on may not."""
    with run_of(tmp_path):
        pass
    with run_of(tmp_path, settings=replace(SETTINGS, speed=9.0, port=1, api_key="other")):
        pass

    with (
        pytest.raises(SettingsInvalid, match=words),
        run_of(tmp_path, settings=replace(SETTINGS, **change)),
    ):
        pass


def test_a_home_may_list_more_symbols_than_it_was_made_with(tmp_path: Path) -> None:
    """The new one has a world of its own; those before it, and the account, stay as they were."""
    with run_of(tmp_path) as venue:
        venue.add_order(BUY)
        before = venue.engine
    more = replace(SETTINGS, symbols=("BTC/USD", "LTC/USD"))
    with run_of(tmp_path, settings=more) as venue:
        after = venue.engine
    with run_of(tmp_path / "other", settings=replace(more, seed=2)) as venue:
        other = venue.engine

    assert after.balances.totals["XXBT"] == before.balances.totals["XXBT"]
    closes = {symbol: tape.candles.close for symbol, tape in after.tapes.items()}
    assert (closes["BTC/USD"] == before.tapes["BTC/USD"].candles.close).all()
    assert (closes["LTC/USD"] != other.tapes["LTC/USD"].candles.close).any()


def test_a_home_of_before_there_was_a_choice_of_bars_goes_on(tmp_path: Path) -> None:
    """Its own bars are of five minutes."""
    with run_of(tmp_path):
        pass
    acts = tmp_path / "acts.jsonl"
    acts.write_text(acts.read_text().replace('"--timeframe":"5m",', ""))

    with run_of(tmp_path) as venue:
        assert venue.engine.tapes["BTC/USD"].timeframe_us == 300_000_000


@pytest.mark.parametrize("line", [0, 1])
def test_a_home_that_can_not_be_read_is_one_clear_error(line: int, tmp_path: Path) -> None:
    """The message names the line; nothing is guessed or thrown away."""
    with run_of(tmp_path) as venue:
        venue.add_order(BUY)
        venue.add_order(BUY | {"volume": "1"})
    lines = (tmp_path / "acts.jsonl").read_bytes().splitlines(keepends=True)
    lines[line] = b"?" + lines[line]
    (tmp_path / "acts.jsonl").write_bytes(b"".join(lines))

    with pytest.raises(SettingsInvalid, match=f"line {line + 1} of acts.jsonl"), run_of(tmp_path):
        pass
