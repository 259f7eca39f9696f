"""A wish becomes an intent with its stop and its waterfall, or a refusal that says why."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.trading.decide import decide
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State
from tests.fakes.sessions import NOON_US, SYMBOL, intended, open_state, with_book, with_market

DUE = ev.DecisionDue(at_us=NOON_US, ts_us=NOON_US)


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


def _decide(state: State, *signals: ev.SignalAnswered) -> tuple[ev.JournalEvent, ...]:
    for signal in signals:
        state = fold(state, signal)
    return decide(state, DUE)


def _refusal(state: State, signal: ev.SignalAnswered) -> str:
    (refusal,) = _decide(state, signal)
    assert isinstance(refusal, ev.EntryRefused)
    return refusal.reason


def test_a_wish_becomes_an_intent_with_a_stop_and_a_waterfall() -> None:
    """The intent carries all that was believed: price, stop, regime, release and each step."""
    (intent,) = _decide(open_state(), _wish())

    assert isinstance(intent, ev.OrderIntended)
    assert intent.stop_price is not None
    assert float(intent.stop_price) == pytest.approx(intent.decision_price * 0.95, rel=1e-4)
    assert [s.step for s in intent.waterfall][:3] == ["base", "protection", "milestones"]
    assert float(intent.quantity) * intent.decision_price <= intent.waterfall[-1].value


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"symbol": "XYZ/USD"}, "the release does not trade it"),
        ({"stop_fraction": 0.0}, "stop fraction 0.0 is unusable"),
        ({"stop_fraction": 0.3}, "stop fraction 0.3 is unusable"),
        ({"stop_fraction": 1e-18}, "is not below the price"),
        ({"share": 0.0}, "lies outside (0, 1]"),
        ({"share": 1.5}, "lies outside (0, 1]"),
        ({"share": 1e-9}, "under the minimum"),
    ],
)
def test_an_unusable_wish_is_refused_by_name(changes: dict[str, Any], reason: str) -> None:
    """Each refusal says what stood in the way."""
    assert reason in _refusal(open_state(), _wish(**changes))


def test_a_stale_candle_is_no_ground_for_an_entry() -> None:
    """A symbol that missed this bar is not entered."""
    state = fold(open_state(), _wish())
    (refusal,) = decide(state, ev.DecisionDue(at_us=NOON_US, ts_us=NOON_US + 1))

    assert isinstance(refusal, ev.EntryRefused)
    assert refusal.reason == "its last candle is stale"


def test_two_wishes_for_one_symbol_make_one_order() -> None:
    """The second sees the first as pending."""
    first, second = _decide(open_state(), _wish(), _wish())

    assert isinstance(first, ev.OrderIntended)
    assert isinstance(second, ev.EntryRefused)


def test_entries_of_the_last_hour_count_and_older_ones_do_not() -> None:
    """Thirty an hour: the thirty-first is refused, an hour later it is not."""
    state = open_state()
    times = tuple(NOON_US - 1 - count for count in range(30))
    old = tuple(time - 3_600_000_000 for time in times)

    assert "max_entries_per_hour" in _refusal(with_book(state, entry_times_us=times), _wish())
    assert isinstance(_decide(with_book(state, entry_times_us=old), _wish())[0], ev.OrderIntended)


def test_a_price_of_one_tick_refuses_and_does_not_raise() -> None:
    """A stop that rounds to nothing is a reason, not an accident."""
    state = open_state()
    market = replace(state.market.symbols[SYMBOL], close=0.1)
    cheap = with_market(state, symbols={SYMBOL: market})

    assert "rounds down to nothing" in _refusal(cheap, _wish())


def test_a_pending_entry_takes_its_cash_with_its_costs() -> None:
    """What another symbol's entry may still take is not spent twice."""
    state = open_state(intended("e1", quantity="99", symbol="ETH/USD"))
    (intent,) = _decide(state, _wish())

    assert isinstance(intent, ev.EntryRefused)
    assert "the smallest factor is tradable" in intent.reason


def test_a_wish_to_leave_what_is_not_held_is_nothing() -> None:
    """No position, no order, no refusal."""
    assert _decide(open_state(), _wish(action="exit")) == ()


@given(
    share=st.floats(1e-6, 1.0),
    stop_fraction=st.floats(1e-6, 0.2),
    cash=st.decimals("0.01", "1e9", places=2),
)
@settings(max_examples=60, deadline=None)
def test_an_entry_never_costs_more_than_its_limits(
    share: float, stop_fraction: float, cash: Decimal
) -> None:
    """Whatever is wished from whatever account: a tenth of it at most, and a stop below."""
    state = open_state()
    account = replace(state.book.purse, cash=cash, equity=cash)
    (made,) = _decide(
        with_book(state, purse=account), _wish(share=share, stop_fraction=stop_fraction)
    )

    if isinstance(made, ev.OrderIntended):
        value = made.quantity * Decimal(repr(made.decision_price))
        assert value <= cash / 10 * Decimal("1.000001")
        assert made.stop_price is not None
        assert made.stop_price < Decimal(repr(made.decision_price))
        assert made.quantity % Decimal("1e-8") == 0
