"""Halts trip on losses, lift with the day, and follow the tighter of limits and release."""

from decimal import Decimal

import pytest

from nija_domain.capital.limits import HardLimits
from nija_domain.events import records as ev
from nija_domain.market.timeframes import DAY_US, MINUTE_US
from nija_domain.releases.content import encode_content
from nija_domain.trading.core import advance
from nija_domain.trading.state import State
from tests.fakes.sessions import (
    NOON_US,
    SYMBOL,
    accepted,
    filled,
    fold_all,
    intended,
    known_candles,
    open_state,
)
from tests.fakes.stages import content_after

MIDNIGHT_US = (NOON_US // DAY_US + 1) * DAY_US


def _bar(at_us: int) -> ev.BarClosed:
    return ev.BarClosed(at_us=at_us, ts_us=at_us - 5 * MINUTE_US)


def _after_loss(share: str, *, state: State | None = None) -> State:
    """A first mark, then fees that cost this share of it."""
    state = advance(state or open_state(), _bar(NOON_US)).state
    fee = str(state.book.purse.equity * Decimal(share))
    return fold_all(
        state,
        intended("e1", quantity="0.0001"),
        accepted("e1"),
        filled("e1", "t1", quantity="0.0001", price="1", fee=fee),
        accepted("e1-stop"),
    )


def _kinds(records: tuple[ev.JournalEvent, ...]) -> list[str]:
    return [type(record).__name__ for record in records[1:]]


@pytest.mark.parametrize(("share", "trips"), [("0.09", False), ("0.11", True)])
def test_a_daily_loss_halts(share: str, trips: bool) -> None:
    """Ten per cent down since the day's first mark, and no entry is possible."""
    made = advance(_after_loss(share), _bar(NOON_US + 5 * MINUTE_US))

    assert ("HaltTripped" in _kinds(made.records)) is trips
    assert bool(made.state.restrictions.halts) is trips


def test_a_halt_trips_once() -> None:
    """The next bar under the limit says nothing new."""
    state = advance(_after_loss("0.2"), _bar(NOON_US + 5 * MINUTE_US)).state

    next_bar = advance(state, _bar(NOON_US + 10 * MINUTE_US))

    assert _kinds(next_bar.records) == ["BarDigested", "EquityMarked"]


def test_a_daily_halt_ends_at_midnight_and_not_before() -> None:
    """The bar that closes at 00:00 UTC opens the new day; the one before does not."""
    state = advance(_after_loss("0.12"), _bar(NOON_US + 5 * MINUTE_US)).state
    evening = advance(state, _bar(MIDNIGHT_US - 5 * MINUTE_US))
    midnight = advance(evening.state, _bar(MIDNIGHT_US))

    assert _kinds(evening.records) == ["BarDigested", "EquityMarked"]
    assert _kinds(midnight.records) == ["BarDigested", "EquityMarked", "HaltLifted"]
    assert midnight.state.restrictions.halts == frozenset()
    assert midnight.state.book.purse.day_start_equity == midnight.state.book.purse.equity


def test_a_drawdown_halt_outlives_the_day() -> None:
    """Only a person's decision ends it."""
    state = advance(_after_loss("0.5"), _bar(NOON_US + 5 * MINUTE_US)).state
    assert state.restrictions.halts == {"daily_loss_halt", "daily_rollback", "max_drawdown_halt"}
    after = advance(state, _bar(MIDNIGHT_US)).state

    assert after.restrictions.halts == {"daily_rollback", "max_drawdown_halt"}


def _release(name: str) -> ev.ReleaseActivated:
    content = encode_content(content_after({SYMBOL: known_candles()}))
    return ev.ReleaseActivated(at_us=NOON_US, release_id=name, fingerprint="f", content=content)


def test_fifteen_per_cent_in_a_day_halt_until_another_release() -> None:
    """Neither midnight nor the same release ends it; another one does, and for that day."""
    state = advance(_after_loss("0.16"), _bar(NOON_US + 5 * MINUTE_US)).state
    assert state.restrictions.tripped["daily_rollback"].bound == 0.15
    same = advance(state, _release("r"))
    night = advance(same.state, _bar(MIDNIGHT_US)).state
    other = advance(state, _release("before"))
    later = advance(other.state, _bar(NOON_US + 10 * MINUTE_US)).state

    assert night.restrictions.halts == {"daily_rollback"}
    assert [e.limit for e in other.records if isinstance(e, ev.HaltLifted)] == ["daily_rollback"]
    assert later.restrictions.halts == {"daily_loss_halt"}


def test_d05_a_loss_of_the_night_is_one_of_the_new_day() -> None:
    """Off from 23:00 to 08:00, its stops lost 12 %: the first bar of the morning halts."""
    evening = advance(open_state(), _bar(MIDNIGHT_US - 60 * MINUTE_US)).state
    lost = fold_all(
        evening,
        intended("e1", quantity="1"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price="5000"),
        filled("e1-stop", "t2", quantity="1", price="3800", side="sell"),
    )
    made = advance(lost, _bar(MIDNIGHT_US + 8 * 60 * MINUTE_US))

    assert made.state.book.purse.day_start_equity == evening.book.purse.equity
    assert made.state.restrictions.halts == {"daily_loss_halt"}


def test_a_withdrawal_is_no_loss() -> None:
    """Taking half of the money out trips nothing."""
    state = advance(open_state(), _bar(NOON_US)).state
    moved = ev.FundsMoved(at_us=NOON_US, amount=Decimal(-5_000), reason="withdrawn")
    made = advance(fold_all(state, moved), _bar(NOON_US + 5 * MINUTE_US))

    assert made.state.restrictions.halts == frozenset()


def test_a_release_tightens_a_halt() -> None:
    """Under an envelope of two per cent, three per cent down is a halt with that bound."""
    tight = content_after({SYMBOL: known_candles()}, envelope=HardLimits(daily_loss_halt=0.02))
    release = ev.ReleaseActivated(
        at_us=NOON_US, release_id="tight", fingerprint="f", content=encode_content(tight)
    )
    made = advance(_after_loss("0.03", state=open_state(release)), _bar(NOON_US + MINUTE_US))
    trips = [record for record in made.records if isinstance(record, ev.HaltTripped)]

    assert [(t.limit, t.bound) for t in trips] == [("daily_loss_halt", 0.02)]
