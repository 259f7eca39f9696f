"""Each bar is digested: one bit in a feature or a belief is another digest, of that symbol only."""

import math

import pytest
from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.events import session_records as ses
from nija_domain.market.timeframes import MINUTE_US
from nija_domain.regimes.filter import FilterState
from nija_domain.trading.core import advance
from nija_domain.trading.digests import digest_bar
from nija_domain.trading.market import Market, SymbolState
from tests.fakes.market_sessions import BARS, CUT, bars_of, folded, halting_histories, opened_after
from tests.fakes.sessions import NOON_US, SYMBOL, open_state

BAR = ev.BarClosed(at_us=NOON_US + 5 * MINUTE_US, ts_us=NOON_US)


def _known(market: Market) -> SymbolState:
    return market.symbols[SYMBOL]


def _with(market: Market, known: SymbolState) -> Market:
    return replace(market, symbols={**market.symbols, SYMBOL: known})


@pytest.fixture
def market() -> Market:
    """BTC/USD as the release's cut has it, and another symbol that looks the same."""
    market = open_state().market
    return replace(market, symbols={**market.symbols, "ETH/USD": market.symbols[SYMBOL]})


def test_a_feature_that_differs_in_its_last_bit_is_another_digest(market: Market) -> None:
    """Of the features only, and of its symbol only."""
    values = _known(market).values
    other = (math.nextafter(values[0], math.inf), *values[1:])
    before = digest_bar(market, BAR).symbols
    after = digest_bar(_with(market, replace(_known(market), values=other)), BAR).symbols

    assert after[SYMBOL].features != before[SYMBOL].features
    assert after[SYMBOL].filters == before[SYMBOL].filters
    assert after["ETH/USD"] == before["ETH/USD"]


def test_a_belief_that_differs_is_another_digest(market: Market) -> None:
    """Of the filters only; those within the states of the market count too."""
    filtered = _known(market).filtered
    turned = FilterState(filtered.probabilities[::-1])
    before = digest_bar(market, BAR).symbols[SYMBOL]
    made = [
        digest_bar(_with(market, replace(_known(market), **change)), BAR).symbols[SYMBOL]
        for change in ({"filtered": turned}, {"micro": {"Calm": filtered}})
    ]

    assert {each.features for each in made} == {before.features}
    assert len({before.filters, *(each.filters for each in made)}) == 3


def test_what_warms_up_is_counted_and_every_nan_is_one(market: Market) -> None:
    """A machine may give NaN a sign; no number depends on it."""
    values = _known(market).values
    one, other = (
        digest_bar(_with(market, replace(_known(market), values=(nan, *values[1:]))), BAR)
        for nan in (math.nan, math.copysign(math.nan, -1.0))
    )

    assert one == other
    assert one.symbols[SYMBOL].warming == 1


def test_a_symbol_without_a_candle_of_the_bar_is_not_digested(market: Market) -> None:
    """It says nothing new."""
    later = replace(BAR, ts_us=NOON_US + 5 * MINUTE_US)

    assert digest_bar(market, later).symbols == {}


def test_the_whole_market_has_a_digest_of_its_own() -> None:
    """One for its features and one for what its filter believes, where a release has a model."""
    histories = halting_histories()
    state = opened_after(histories)
    events = [*bars_of(histories, range(CUT, BARS))]
    bars = [event for event in events if isinstance(event, ev.BarClosed)]
    first = digest_bar(folded(state, events[: events.index(bars[0])]).market, bars[0])
    last = digest_bar(folded(state, events).market, bars[-1])

    assert first.market is None
    assert last.market is not None


def test_sessions_of_older_rules_are_not_digested() -> None:
    """Their journals hold no such record, so a replay must not make one."""
    started = ev.SessionStarted(
        at_us=NOON_US, mode="paper", venue="v", version="0", commit="c", rules=ses.AGENTS_IN_CORE
    )
    records = advance(open_state(started), BAR).records

    assert not [record for record in records if isinstance(record, ev.BarDigested)]
    assert any(isinstance(each, ev.BarDigested) for each in advance(open_state(), BAR).records)
