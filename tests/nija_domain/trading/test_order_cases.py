"""Every case of docs/orders.md, played on the core: the table says what is recorded."""

from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest
from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.market.timeframes import SECOND_US
from nija_domain.trading.commands import LookUp, SendCancel, SendOrder
from nija_domain.trading.core import Advance, advance
from tests.fakes.sessions import (
    NOON_US,
    POSITION,
    accepted,
    ended,
    filled,
    intended,
    open_state,
    seen,
)

PAGE = Path(__file__).parents[3] / "docs" / "orders.md"
Events = tuple[ev.JournalEvent, ...]

SENT = (intended("e1", quantity="2"), accepted("e1"))
BOUGHT = (*SENT, filled("e1", "t1", quantity="2", price="100"), ended("e1"))
COVERED = (*BOUGHT, seen("e1-stop", quantity="2"))
DOUBTED = (
    intended("e1", quantity="2"),
    ev.OrderUnknown(at_us=NOON_US, order_id="e1", reason="time-out"),
)
GIVEN_UP = (*DOUBTED, ended("e1", status="lost"))
LEAVING = (
    *COVERED,
    ev.ExitBegun(at_us=NOON_US, position_id=POSITION, symbol="BTC/USD", reason="leave"),
    ev.CancelIntended(at_us=NOON_US, order_id="e1-stop", reason="leave", position_id=POSITION),
)
SALE = replace(intended("x1", quantity="2"), side="sell", role="exit", stop_price=None)
SELLING = (*LEAVING, ended("e1-stop", status="canceled"), SALE)
DUST = (
    *SENT,
    filled("e1", "t1", quantity="0.00002", price="100"),
    ended("e1", status="canceled"),
)
OWN_STOP = replace(intended("s1", quantity="2"), side="sell", role="stop")


def _time(seconds: float) -> ev.TimePassed:
    return ev.TimePassed(at_us=NOON_US + int(seconds * SECOND_US))


def _not_found(seconds: int) -> ev.OrderNotFound:
    return ev.OrderNotFound(at_us=NOON_US + seconds * SECOND_US, order_id="e1")


def _refused(order_id: str, cause: Literal["", "funds"] = "") -> ev.OrderRefused:
    return ev.OrderRefused(at_us=NOON_US, order_id=order_id, reason="no", cause=cause)


def _looked(*, kept: str) -> Events:
    """A stop was refused for want of coins, and the balances tell what orders keep."""
    before = (*BOUGHT, OWN_STOP, _refused("s1", "funds"))
    totals = {"USD": Decimal(9_800), "BTC": Decimal(2)}
    moves = open_state(*before).account.moves
    at_us, held = NOON_US + SECOND_US, {"BTC": Decimal(kept)}
    return (*before, ev.BalancesSeen(at_us=at_us, totals=totals, moves=moves, held=held))


def _sold(order_id: str, trade_id: str, quantity: str) -> ev.OrderFilled:
    return filled(order_id, trade_id, side="sell", quantity=quantity, price="95")


def _in_asset(asset: str, fee: str) -> ev.OrderFilled:
    return replace(filled("e1", "t1", quantity="2", price="100", fee=fee), fee_asset=asset)


def _closed() -> ev.TradeClosed:
    return ev.TradeClosed(
        at_us=NOON_US,
        position_id=POSITION,
        symbol="BTC/USD",
        opened_us=NOON_US,
        quantity=Decimal(2),
        entry_price=Decimal(100),
        exit_price=Decimal(95),
        gross=Decimal(-10),
        fees=Decimal(0),
        regime="Bull",
        config_id="trend:BTC/USD:aggressive",
        release_id="r",
        reason="stop",
    )


DELAYED = ev.ExitDelayed(
    at_us=NOON_US, position_id=POSITION, symbol="BTC/USD", tries=1, reason="no"
)

CASES: dict[str, tuple[Events, ev.JournalEvent]] = {
    "entry refused": (SENT[:1], _refused("e1")),
    "entry filled": (SENT, filled("e1", "t1", quantity="2", price="100")),
    "entry filled, its end told before": (
        (*SENT, seen("e1", status="filled", quantity="2", filled="2")),
        filled("e1", "t1", quantity="2", price="100"),
    ),
    "entry filled a little more than ordered": (
        SENT,
        filled("e1", "t1", quantity="2.00000001", price="100"),
    ),
    "answer lost, time for a look-up": (DOUBTED, _time(1)),
    "answer lost, found": (DOUBTED, seen("e1", quantity="2")),
    "answer lost, not found for 69 s": (DOUBTED, _not_found(69)),
    "answer lost, not found for 70 s": (DOUBTED, _not_found(70)),
    "given up, then found open": (GIVEN_UP, seen("e1", quantity="2")),
    "given up, then filled": (
        (*GIVEN_UP, seen("e1", status="filled", quantity="2", filled="2")),
        filled("e1", "t1", quantity="2", price="100"),
    ),
    "cancelled, its fills not told yet": (
        SENT,
        seen("e1", status="canceled", quantity="2", filled="1"),
    ),
    "cancelled, nothing filled": (SENT, seen("e1", status="canceled", quantity="2")),
    "cancelled, and filled after all": (
        (*SENT, ended("e1", status="canceled")),
        filled("e1", "t1", quantity="2", price="100"),
    ),
    "too little was filled to be sold": (DUST, _time(70)),
    "a fill told twice": (BOUGHT, filled("e1", "t1", quantity="2", price="100")),
    "a fill of somebody else's order": (BOUGHT, _sold("x9", "t9", "1")),
    "the stop's fill told before the entry's": (SENT, _sold("e1-stop", "t2", "2")),
    "the fee in the base coin": (SENT, _in_asset("BTC", "0.0052")),
    "the fee in a third coin": (SENT, _in_asset("KFEE", "5")),
    "the attached stop is missing for 4 s": (BOUGHT, _time(4)),
    "no stop for 8 s": ((*BOUGHT, OWN_STOP, _refused("s1")), _time(8)),
    "a stop of ours refused": ((*BOUGHT, OWN_STOP), _refused("s1")),
    "a stop of ours refused for want of coins": ((*BOUGHT, OWN_STOP), _refused("s1", "funds")),
    "less is free than the position holds": (_looked(kept="1"), _time(2)),
    "nothing of it is free": (_looked(kept="2"), _time(30)),
    "the stop cancelled by hand": (COVERED, seen("e1-stop", status="canceled", quantity="2")),
    "the stop covers a part only, for 4 s": (
        (*BOUGHT, seen("e1-stop", quantity="0.5")),
        _time(4),
    ),
    "two stops cover more than is held": (
        (*BOUGHT, OWN_STOP, seen("s1", quantity="2")),
        seen("e1-stop", quantity="2"),
    ),
    "the stop fills": (COVERED, _sold("e1-stop", "t2", "2")),
    "the stop fills while the entry still buys": (
        (*SENT, filled("e1", "t1", quantity="1", price="100"), seen("e1-stop", quantity="1")),
        _sold("e1-stop", "t2", "1"),
    ),
    "a stop shows whose position is closed": (
        (*BOUGHT, OWN_STOP, seen("s1", quantity="2"), _sold("s1", "t2", "2"), _closed()),
        seen("e1-stop", quantity="2"),
    ),
    "the stop is cancelled for an exit": (
        LEAVING,
        seen("e1-stop", status="canceled", quantity="2"),
    ),
    "the stop fills a part before its cancel": (
        (*LEAVING, _sold("e1-stop", "t2", "1.5")),
        seen("e1-stop", status="canceled", quantity="2", filled="1.5"),
    ),
    "the cancel is lost": (LEAVING, _time(5)),
    "the sale is refused": (SELLING, _refused("x1")),
    "the refused sale is tried again": ((*SELLING, _refused("x1"), DELAYED), _time(2)),
    "the sale's answer is lost for 4 s": (
        (*SELLING, ev.OrderUnknown(at_us=NOON_US, order_id="x1", reason="time-out")),
        _time(4),
    ),
    "the sale ends with a part unsold": (
        (*SELLING, accepted("x1"), _sold("x1", "t2", "1.5")),
        seen("x1", status="canceled", quantity="2", filled="1.5"),
    ),
    "the sale leaves too little to sell": (
        (*SELLING, accepted("x1"), _sold("x1", "t2", "1.99998")),
        seen("x1", status="canceled", quantity="2", filled="1.99998"),
    ),
    "more sold than was held": (COVERED, _sold("e1-stop", "t2", "2.5")),
    "a sale fills whose position is closed": (
        (*COVERED, _sold("e1-stop", "t2", "2"), _closed()),
        _sold("e1-stop", "t3", "1"),
    ),
}


def _table() -> dict[str, str]:
    """The cases of the page, with the records that follow."""
    rows = [line.strip("| \n").split(" | ") for line in PAGE.read_text().splitlines()]
    return {
        cells[0]: cells[-1] for cells in rows if len(cells) == 3 and cells[0] not in {"case", "---"}
    }


def _told(made: Advance) -> str:
    """What is derived and sent, in the words of the page."""
    words = {SendOrder: "send order", SendCancel: "send cancel", LookUp: "look up"}
    records = [f"`{type(record).__name__}`" for record in made.records[1:]]
    sent = [words[type(action)] for action in made.actions]
    return ", ".join((*records, *sent)) or "nothing"


@pytest.mark.parametrize("case", CASES)
def test_the_page_says_what_follows(case: str) -> None:
    """Records in their order, then what is sent."""
    before, event = CASES[case]

    assert _told(advance(open_state(*before), event)) == _table()[case]


def test_the_page_has_every_case_and_no_other() -> None:
    """A row that nobody plays is a promise that nobody keeps."""
    assert list(_table()) == list(CASES)
