from decimal import Decimal

import pytest
from msgspec.structs import replace

from simulator.faults import Fault, FaultBoard
from simulator.opening import open_venue
from simulator.refusals import Refusal
from simulator.settings import SimulatorSettings
from simulator.venue import Venue

SECOND_NS = 1_000_000_000
ORDER = {
    "nonce": "1",
    "pair": "XBTUSD",
    "type": "buy",
    "ordertype": "market",
    "volume": "0.01",
    "close[ordertype]": "stop-loss",
    "close[price]": "1000.5",
}


class Stopwatch:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        return self.now_ns


def venue_at(
    stopwatch: Stopwatch, *, is_strict: bool = True, faults: FaultBoard | None = None
) -> Venue:
    settings = SimulatorSettings(
        history_bars=5,
        future_bars=10,
        symbols=("BTC/USD",),
        speed=100.0,
        is_strict=is_strict,
    )
    return open_venue(settings, monotonic_ns=stopwatch, faults=faults)


def test_venue_time_is_origin_plus_speed_times_the_monotonic_clock() -> None:
    """Three seconds at a hundredfold speed are one bar of five minutes."""
    stopwatch = Stopwatch()
    venue = venue_at(stopwatch)
    before = venue.time({})["unixtime"]
    stopwatch.now_ns = 3 * SECOND_NS
    venue.catch_up()

    assert venue.time({})["unixtime"] - before == 300


def test_when_the_world_ends_time_stands_and_orders_are_refused() -> None:
    """There is no further price to trade at; what is open can still be cancelled."""
    stopwatch = Stopwatch()
    venue = venue_at(stopwatch)
    resting = ORDER | {"ordertype": "limit", "price": "1000.5"}
    (txid,) = venue.add_order(resting)["txid"]
    stopwatch.now_ns = 3_000 * SECOND_NS
    venue.catch_up()
    with pytest.raises(Refusal, match="EService:Market in cancel_only mode"):
        venue.add_order(ORDER)

    assert venue.system_status({})["status"] == "cancel_only"
    assert venue.cancel_order({"txid": txid}) == {"count": 1}


def test_a_question_whether_an_order_is_valid_places_none() -> None:
    """It is described, with its stop, and leaves no trace."""
    venue = venue_at(Stopwatch())
    answer = venue.add_order(ORDER | {"validate": "true"})

    assert set(answer) == {"descr"}
    assert answer["descr"]["close"] == "close position @ stop loss 1000.5"
    assert venue.open_orders({})["open"] == {}
    assert venue.closed_orders({})["count"] == 0


def test_a_stop_names_its_entry_and_both_can_be_queried() -> None:
    """`refid` leads from the stop to the entry, as at Kraken."""
    venue = venue_at(Stopwatch())
    (entry_id,) = venue.add_order(ORDER)["txid"]
    ((stop_id, stop),) = venue.open_orders({})["open"].items()
    both = venue.query_orders({"txid": f"{entry_id},{stop_id}"})

    assert stop["refid"] == entry_id
    assert stop["vol"] == "0.01000000"
    assert [both[entry_id]["status"], both[stop_id]["status"]] == ["closed", "open"]


def test_balances_show_what_open_orders_hold() -> None:
    """The stop holds the base that it protects."""
    venue = venue_at(Stopwatch())
    venue.add_order(ORDER)
    balances = venue.balance_ex({})

    assert balances["XXBT"] == {"balance": "0.01", "hold_trade": "0.01"}
    assert Decimal(balances["ZUSD"]["balance"]) < 10_000
    assert venue.balance({})["XXBT"] == "0.01"


def test_only_a_strict_venue_refuses_a_field_that_it_does_not_know() -> None:
    """A lenient one takes the order and drops the field, as Kraken may."""
    raw = ORDER | {"takeProfit[price]": "90000"}
    with pytest.raises(Refusal, match=r"EGeneral:Invalid arguments:takeProfit\[price\]"):
        venue_at(Stopwatch()).add_order(raw)

    assert len(venue_at(Stopwatch(), is_strict=False).add_order(raw)["txid"]) == 1


def test_lagging_look_ups_show_the_account_as_it_was() -> None:
    """Trades and balances each for its own time; the orders show meanwhile what has happened."""
    stopwatch, board = Stopwatch(), FaultBoard()
    venue = venue_at(stopwatch, faults=board)
    board.arm(Fault(kind="lagging_trades", venue_delay_s=100))
    board.arm(Fault(kind="lagging_balances", venue_delay_s=200))
    before = venue.balance_ex({}), venue.trades_history({})["count"]
    stopwatch.now_ns = SECOND_NS // 2
    venue.catch_up()
    venue.add_order(ORDER)
    shown = []
    for seconds in (0.5, 1.0, 2.0):
        stopwatch.now_ns = int(seconds * SECOND_NS)
        venue.catch_up()
        balances = venue.balance_ex({})
        shown.append((balances == before[0], venue.trades_history({})["count"]))

    assert before[1] == 0
    assert shown == [(True, 0), (True, 1), (False, 1)]
    assert venue.closed_orders({})["count"] == 1
    assert board.fired() == {"lagging_balances": 1, "lagging_trades": 1}


def test_an_account_that_pays_in_coins_does_so_whatever_was_asked_for() -> None:
    """The order shows it, and a little less is held than was bought."""
    board = FaultBoard()
    venue = venue_at(Stopwatch(), faults=board)
    board.arm(Fault(kind="fee_in_coins"))
    (txid,) = venue.add_order(ORDER | {"oflags": "fciq"})["txid"]
    held = Decimal(venue.balance_ex({})["XXBT"]["balance"])

    assert venue.query_orders({"txid": txid})[txid]["oflags"] == "fcib"
    assert Decimal("0.00995") < held < Decimal("0.01")


def test_a_pair_can_change_its_steps() -> None:
    """The list tells the new ones, and later orders must keep them."""
    venue = venue_at(Stopwatch())
    listing = venue.engine.listings["BTC/USD"]
    coarse = replace(listing.instrument, lot_size=Decimal("1e-4"))
    fine_order = ORDER | {"volume": "0.00012345"}
    venue.add_order(fine_order)
    venue.relist(replace(listing, instrument=coarse))
    with pytest.raises(Refusal, match="EGeneral:Invalid arguments:volume"):
        venue.add_order(fine_order)

    assert venue.asset_pairs({})["XXBTZUSD"]["lot_decimals"] == 4
    assert venue.add_order(ORDER | {"volume": "0.0002"})["txid"]
