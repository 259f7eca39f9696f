"""Journals that were written before agents had positions of their own still replay to the bit."""

import lzma
from functools import cache, reduce
from pathlib import Path

import msgspec
import pytest

from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.events.chain import decode_event
from nija_domain.market.money import ZERO
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State

JOURNALS = Path(__file__).parent / "journals"
NAMES = ("line", "session", "storm")
"""A day of the whole line; a session with restarts and faults; random wishes, fills and answers."""


@cache
def _bodies(name: str) -> tuple[bytes, ...]:
    packed = (JOURNALS / f"version-1-{name}.jsonl.xz").read_bytes()
    return tuple(lzma.decompress(packed).splitlines())


@cache
def _recorded(name: str) -> tuple[ev.JournalEvent, ...]:
    return tuple(map(decode_event, _bodies(name)))


@pytest.mark.parametrize("name", NAMES)
def test_a_journal_of_before_replays_to_the_bit(name: str) -> None:
    """Everything that version 1 told of its decisions is decided again."""
    assert find_first_difference(_recorded(name)) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_journal_of_before_folds_to_the_money_of_its_fills(name: str) -> None:
    """Restarting on it, cash and holdings are those of the fills, each booked once."""
    state = reduce(fold, _recorded(name), State())
    fills = {e.trade_id: e for e in _recorded(name) if isinstance(e, ev.OrderFilled)}
    cash = sum((e.amount for e in _recorded(name) if isinstance(e, ev.FundsMoved)), start=ZERO)
    held = dict.fromkeys(state.instruments, ZERO)
    for fill in fills.values():
        sign = 1 if fill.side == "buy" else -1
        cash -= sign * fill.quantity * fill.price + fill.fee
        held[fill.symbol] += sign * fill.quantity

    assert state.book.purse.cash == cash
    assert held == {
        symbol: sum((p.quantity for p in state.book.held_in(symbol)), start=ZERO)
        for symbol in state.instruments
    }


def test_a_changed_decision_of_before_is_seen() -> None:
    """The check above can fail: one lot more in one intent is a difference."""
    recorded = list(_recorded("session"))
    place = next(n for n, e in enumerate(recorded) if isinstance(e, ev.OrderIntended))
    intent = recorded[place]
    assert isinstance(intent, ev.OrderIntended)
    recorded[place] = msgspec.structs.replace(intent, quantity=2 * intent.quantity)
    difference = find_first_difference(recorded)

    assert difference is not None
    assert (difference.sequence, difference.field) == (place + 1, "quantity")
