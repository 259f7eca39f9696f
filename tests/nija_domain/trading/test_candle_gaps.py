"""A candle far beyond the last one is not the next one: features begin anew, entries wait."""

from math import isnan

import pytest
from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.events.session_records import LAPSED_WEIGHTS_HOLD
from nija_domain.trading.candles import GAP_BARS_MAX
from nija_domain.trading.decide import decide
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State
from tests.fakes.sessions import NOON_US, SYMBOL, open_state
from tests.fakes.stages import TIMEFRAME_US

CLOSE = open_state().market.symbols[SYMBOL].close
PRICE = 1.5 * CLOSE
RETURN = open_state().release.content.feature_names.index("log_return")  # type: ignore[union-attr]


def _candle(bars_later: int) -> ev.CandleClosed:
    ts_us = NOON_US + bars_later * TIMEFRAME_US
    return ev.CandleClosed(
        at_us=ts_us + TIMEFRAME_US,
        symbol=SYMBOL,
        ts_us=ts_us,
        open=PRICE,
        high=PRICE * 1.001,
        low=PRICE * 0.999,
        close=PRICE,
        volume=1.0,
    )


def _reason(state: State) -> str | None:
    ts_us = state.market.symbols[SYMBOL].ts_us
    wish = ev.SignalAnswered(
        at_us=ts_us,
        symbol=SYMBOL,
        action="enter",
        share=1.0,
        stop_fraction=0.05,
        config_id="trend:BTC/USD:aggressive",
        agent="trend",
        reasoning="because",
    )
    (made,) = decide(fold(state, wish), ev.DecisionDue(at_us=ts_us, ts_us=ts_us))
    return made.reason if isinstance(made, ev.EntryRefused) else None


def test_d11_a_candle_1000_bars_later_is_not_the_next_one() -> None:
    """Its return over the gap is none; its price marks what is held, and nothing is entered."""
    state = fold(open_state(), _candle(1_000))
    known = state.market.symbols[SYMBOL]

    assert isnan(known.values[RETURN])
    assert known.mark_price == PRICE
    assert known.missing_bars == 999
    assert _reason(state) == "999 candles before it are missing, so its features warm up again"


def test_entries_are_possible_again_once_every_feature_is_warm() -> None:
    """The gap is over when no feature needs more bars."""
    state, bars = fold(open_state(), _candle(1_000)), 1_000
    while state.market.symbols[SYMBOL].missing_bars:
        bars += 1
        state = fold(state, _candle(bars))
    values = state.market.symbols[SYMBOL].values

    assert not any(map(isnan, values))
    assert bars < 1_100
    assert "missing" not in (_reason(state) or "")


@pytest.mark.parametrize("bars", [1, GAP_BARS_MAX + 1])
def test_a_few_bars_without_trades_are_no_gap(bars: int) -> None:
    """The candle after them is the next one, as it is in history."""
    known = fold(open_state(), _candle(bars)).market.symbols[SYMBOL]

    assert known.missing_bars == 0
    assert not isnan(known.values[RETURN])


def test_an_older_session_takes_it_as_the_next_one() -> None:
    """Its journal replays as it was recorded."""
    state = open_state()
    older = replace(state, restrictions=replace(state.restrictions, rules=LAPSED_WEIGHTS_HOLD))

    assert not isnan(fold(older, _candle(1_000)).market.symbols[SYMBOL].values[RETURN])
