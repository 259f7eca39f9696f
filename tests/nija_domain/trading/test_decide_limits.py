"""A refused entry names its limit, the value and the bound; exits and stops pass every limit."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from nija_domain.capital.limits import COUNTS, SHARES, HardLimits
from nija_domain.events import records as ev
from nija_domain.market.timeframes import SECOND_US
from nija_domain.trading.core import advance
from nija_domain.trading.decide import decide
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State
from tests.fakes.sessions import (
    NOON_US,
    POSITION,
    SYMBOL,
    accepted,
    ended,
    filled,
    fold_all,
    intended,
    open_state,
    with_book,
    with_market,
)
from tests.fakes.stages import TIMEFRAME_US

DUE = ev.DecisionDue(at_us=NOON_US, ts_us=NOON_US)
LOOSEST = HardLimits(
    **dict.fromkeys(SHARES, 1.0), **dict.fromkeys(COUNTS, 1_000_000), min_notional=0.0
)


def _wish(**changes: Any) -> ev.SignalAnswered:
    fields = {
        "symbol": SYMBOL,
        "action": "enter",
        "share": 1.0,
        "stop_fraction": 0.05,
        "config_id": "trend:BTC/USD:aggressive",
        "agent": "trend",
        "reasoning": "because",
    }
    return ev.SignalAnswered(at_us=NOON_US, **{**fields, **changes})


def _under(limits: HardLimits, state: State | None = None) -> State:
    content = msgspec.json.encode(limits).decode()
    return fold(state or open_state(), ev.LimitsRead(at_us=NOON_US, content=content))


def _refused(state: State, *, due: ev.DecisionDue = DUE, **changes: Any) -> ev.EntryRefused:
    (refusal,) = decide(fold(state, _wish(**changes)), due)
    assert isinstance(refusal, ev.EntryRefused)
    return refusal


def _named(refusal: ev.EntryRefused) -> tuple[str, float | None, float | None]:
    return refusal.limit, refusal.value, refusal.bound


def _with_closes(*closes: float) -> State:
    state = open_state()
    known = replace(state.market.symbols[SYMBOL], closes_before=closes)
    return with_market(state, symbols={SYMBOL: known})


CLOSE = open_state().market.symbols[SYMBOL].close


def test_the_positions_and_the_entries_of_an_hour_are_named() -> None:
    """What is on its way counts among the positions."""
    on_its_way = open_state(intended("e1", position_id="other/BTC/USD/core/1"))
    full = _refused(_under(HardLimits(max_open_positions=1), on_its_way))
    fast = _refused(with_book(open_state(), entry_times_us=(NOON_US - 1,) * 30))

    assert _named(full) == ("max_open_positions", 1, 1)
    assert _named(fast) == ("max_entries_per_hour", 30, 30)


def test_orders_of_a_minute_and_open_orders_are_named() -> None:
    """Orders of every kind count; an entry brings its stop, and one on its way does so too."""
    on_its_way = open_state(intended("e1", position_id="other/BTC/USD/core/1"))
    fast = _refused(_under(HardLimits(max_orders_per_minute=1), on_its_way))
    many = _refused(_under(HardLimits(max_open_orders=3), on_its_way))
    (entry,) = decide(fold(_under(HardLimits(max_open_orders=4), on_its_way), _wish()), DUE)

    assert _named(fast) == ("max_orders_per_minute", 1, 1)
    assert _named(many) == ("max_open_orders", 4, 3)
    assert isinstance(entry, ev.OrderIntended)


def test_an_order_of_the_minute_before_does_not_count() -> None:
    """A minute of the venue later there is room again."""
    state = _under(HardLimits(max_orders_per_minute=1))
    state = with_book(state, order_times_us=(NOON_US - 60 * SECOND_US,))

    assert isinstance(decide(fold(state, _wish()), DUE)[0], ev.OrderIntended)


@pytest.mark.parametrize("factor", [0.5, 1.5])
def test_a_price_far_from_the_closes_before_is_refused(factor: float) -> None:
    """Above or below the band; one odd close among five does not move their median."""
    away = _refused(_with_closes(*(5 * [CLOSE * factor])))
    odd = decide(fold(_with_closes(CLOSE, CLOSE, CLOSE * factor), _wish()), DUE)

    assert _named(away) == ("max_price_band", pytest.approx(abs(1 / factor - 1)), 0.20)
    assert isinstance(odd[0], ev.OrderIntended)


def test_a_bar_that_closed_long_ago_is_no_ground_for_an_entry() -> None:
    """The venue's clock at the decision is compared with the close of the bar."""
    late = replace(DUE, venue_us=NOON_US + 2 * TIMEFRAME_US)
    just = replace(DUE, venue_us=NOON_US + TIMEFRAME_US)

    assert _named(_refused(open_state(), due=late)) == ("max_data_age_bars", 2.0, 1.0)
    assert isinstance(decide(fold(open_state(), _wish()), just)[0], ev.OrderIntended)


def test_a_halt_is_named_with_what_tripped_it() -> None:
    """Its loss and its bound are those of the record."""
    halt = ev.HaltTripped(at_us=NOON_US, limit="daily_loss_halt", value=0.12, bound=0.1)

    assert _named(_refused(fold(open_state(), halt))) == ("daily_loss_halt", 0.12, 0.1)


def test_limits_of_size_are_named() -> None:
    """The share that left too little, with the share that was wished; else the least size."""
    small = _refused(open_state(), share=1e-9)
    trade = _refused(_under(HardLimits(max_trade_share=1e-9)))
    held = open_state(
        intended("e1", quantity="0.002", position_id="other/BTC/USD/core/1"),
        accepted("e1"),
        filled("e1", "t1", quantity="0.002", price=str(CLOSE)),
    )
    position = _refused(_under(HardLimits(max_position_share=0.0001), held))

    assert (small.limit, small.bound) == ("min_notional", 10.0)
    assert small.value is not None
    assert small.value < 10.0
    assert (trade.limit, trade.bound) == ("max_trade_share", 1e-9)
    assert trade.value is not None
    assert trade.value > 1e-9
    assert (position.limit, position.bound) == ("max_position_share", 0.0001)
    assert position.value is not None
    assert position.value > 0.0001


def test_a_stop_too_far_away_is_named() -> None:
    """One that is none at all breaks no limit; it is unusable."""
    assert _named(_refused(open_state(), stop_fraction=0.3)) == ("max_stop_fraction", 0.3, 0.2)
    assert _named(_refused(open_state(), stop_fraction=0.0)) == ("", None, None)


def _bought(limits: HardLimits) -> State:
    """A coin is held and no stop was seen; each count of orders is at its bound already."""
    state = fold_all(
        _under(limits),
        intended("e1"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price=str(CLOSE)),
        ended("e1"),
        ev.HaltTripped(at_us=NOON_US, limit="max_drawdown_halt", value=0.5, bound=0.4),
    )
    return with_book(state, order_times_us=(NOON_US,) * 4)


def _leaving(limits: HardLimits) -> tuple[ev.JournalEvent, ...]:
    """A stop that is due, and an exit that the agent wants on an old bar."""
    state = _bought(limits)
    stopped = advance(state, ev.TimePassed(at_us=NOON_US + 6 * SECOND_US))
    exits = fold(state, _wish(action="exit"))
    left = advance(exits, replace(DUE, venue_us=NOON_US + 99 * TIMEFRAME_US))
    return (*stopped.records, *left.records)


@given(
    limits=st.builds(
        HardLimits,
        **{name: st.floats(1e-9, 1.0) for name in SHARES},
        **{name: st.integers(0, 3) for name in COUNTS},
        min_notional=st.floats(0.0, 1e9),
        max_data_age_bars=st.floats(1e-6, 10.0),
    )
)
@settings(max_examples=60, deadline=None)
def test_no_limit_refuses_or_shrinks_an_exit_or_a_stop(limits: HardLimits) -> None:
    """Under any limits what leaves a position is what leaves it under none."""
    records = _leaving(limits)
    sales = [r for r in records if isinstance(r, ev.OrderIntended)]

    assert records == _leaving(LOOSEST)
    assert [(sale.role, sale.position_id, sale.quantity) for sale in sales] == [
        ("stop", POSITION, 1),
        ("exit", POSITION, 1),
    ]
