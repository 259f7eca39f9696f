"""What a new release changes in the state, and what it leaves."""

from decimal import Decimal

from msgspec.structs import replace

from nija_domain.events import records as ev
from nija_domain.regimes.model import RegimeModel
from nija_domain.releases.content import ReleaseContent, encode_content
from nija_domain.trading.core import equity_of
from nija_domain.trading.decide import decide
from nija_domain.trading.fold import fold
from nija_domain.trading.signals import step_agents
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
from tests.fakes.stages import TIMEFRAME_US, content_after, draw_candles, stream_cut

TWO_STATES = RegimeModel(
    feature_names=("log_return",),
    center=(0.0,),
    scale=(0.002,),
    outlier_limit=8.0,
    state_names=("Bull", "Bear"),
    start_probs=(0.5, 0.5),
    transition=((0.9, 0.1), (0.1, 0.9)),
    means=((0.5,), (-0.5,)),
    variances=((1.0,), (1.0,)),
    log_likelihood_per_bar=-1.0,
    bars_fitted=1,
    converged=True,
)


def _activated(content: ReleaseContent) -> ev.ReleaseActivated:
    return ev.ReleaseActivated(
        at_us=NOON_US, release_id="next", fingerprint="f", content=encode_content(content)
    )


def _candle(ts_us: int, *, close: float) -> ev.CandleClosed:
    return ev.CandleClosed(
        at_us=ts_us + TIMEFRAME_US,
        symbol=SYMBOL,
        ts_us=ts_us,
        open=close,
        high=close,
        low=close,
        close=close,
        volume=1.0,
    )


def _holding() -> State:
    return open_state(
        intended("e1", quantity="1"),
        accepted("e1"),
        filled("e1", "t1", quantity="1", price="100"),
        accepted("e1-stop"),
        _candle(NOON_US + TIMEFRAME_US, close=50_000.0),
    )


def _without_it() -> ReleaseContent:
    other = draw_candles(bars=len(known_candles()), seed=6, symbols=("ETH/USD",))
    content = content_after(other)
    cuts = tuple(stream_cut(history, TWO_STATES) for history in other.values())
    return replace(content, regimes=TWO_STATES, cuts=cuts)


def test_a_hot_swap_moves_no_equity() -> None:
    """A release cut before the newest candle doesn't turn the worth of a holding back."""
    before = _holding()
    older = content_after({SYMBOL: known_candles().cut(len(known_candles()) - 20)})
    after = fold(before, _activated(older))

    assert after.market.symbols[SYMBOL].ts_us < before.market.symbols[SYMBOL].ts_us
    assert equity_of(after) == equity_of(before)


def test_the_worth_follows_candles_newer_than_any_seen() -> None:
    """While a swap catches up the mark stands; the first new candle moves it."""
    older = content_after({SYMBOL: known_candles().cut(len(known_candles()) - 20)})
    swapped = fold(_holding(), _activated(older))
    caught_up = fold(swapped, _candle(NOON_US, close=45_000.0))
    moved = fold(caught_up, _candle(NOON_US + 2 * TIMEFRAME_US, close=60_000.0))

    assert caught_up.market.symbols[SYMBOL].mark_price == 50_000.0
    assert equity_of(moved) - equity_of(caught_up) == Decimal(10_000)


def test_a_held_symbol_outside_the_release_goes_on() -> None:
    """Its features go on, the new model starts anew on it, it stays followed and shown."""
    state = fold(_holding(), _activated(_without_it()))
    features = state.market.symbols[SYMBOL].features
    ts_us = NOON_US + 2 * TIMEFRAME_US
    after = fold(state, _candle(ts_us, close=51_000.0))

    assert features == _holding().market.symbols[SYMBOL].features
    assert len(after.market.symbols[SYMBOL].filtered.probabilities) == 2
    assert SYMBOL in after.followed_symbols
    assert [made.symbol for made in step_agents(after, ts_us=ts_us, close_us=ts_us)] == [SYMBOL]


def test_a_symbol_outside_the_release_is_not_entered() -> None:
    """Whatever asks for it, the core refuses."""
    state = fold_all(
        open_state(), _activated(_without_it()), _candle(NOON_US + TIMEFRAME_US, close=45_000.0)
    )
    wish = ev.SignalGiven(
        at_us=NOON_US,
        symbol=SYMBOL,
        action="enter",
        share=1.0,
        stop_fraction=0.05,
        config_id="c",
        reasoning="why not",
        agent="trend",
    )
    due = ev.DecisionDue(at_us=NOON_US, ts_us=NOON_US + TIMEFRAME_US)
    (refusal,) = decide(fold(state, wish), due)

    assert isinstance(refusal, ev.EntryRefused)
    assert refusal.reason == "the release does not trade it"


def test_an_old_or_unknown_candle_changes_nothing() -> None:
    """A candle that was folded already, and one of a symbol nobody follows, are no news."""
    state = _holding()
    unknown = replace(_candle(NOON_US, close=45_000.0), symbol="XYZ/USD")

    assert fold(state, _candle(NOON_US, close=45_000.0)) == state
    assert fold(state, unknown) == state
