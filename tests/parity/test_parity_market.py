"""A session over a model of the market replays to the bit, back-tested and live."""

import msgspec
import pytest
from msgspec.structs import replace

from nija_domain.evaluation.backtest import run_backtest
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.events.chain import decode_event, encode_event
from nija_domain.releases.content import encode_content
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State
from tests.fakes.hierarchies import hierarchical_after
from tests.fakes.sessions import states_and_folds
from tests.fakes.stages import COMPETING, WARM_UP_BARS, draw_candles, plan_backtest

BARS, SEED = 250, 6


@pytest.fixture(scope="module")
def recorded() -> tuple[ev.JournalEvent, ...]:
    """A back-test whose release carries the hierarchy, read back from its bytes."""
    plan = plan_backtest(bars=BARS, seed=SEED)
    whole = draw_candles(bars=WARM_UP_BARS + BARS, seed=SEED)
    warm = {symbol: history.cut(WARM_UP_BARS) for symbol, history in whole.items()}
    plan = replace(plan, content=hierarchical_after(warm, arms=COMPETING))
    return tuple(decode_event(encode_event(event)) for event in run_backtest(plan).events)


def _last_state(recorded: tuple[ev.JournalEvent, ...]) -> State:
    state = State()
    for event in recorded:
        state = fold(state, event)
    return state


def test_it_replays_to_the_bit(recorded: tuple[ev.JournalEvent, ...]) -> None:
    """Orders, regimes and draws of presets are all derived anew."""
    kinds = {type(event) for event in recorded}

    assert kinds >= {ev.OrderIntended, ev.RegimeChanged, ev.PresetChosen, ev.TradeClosed}
    assert find_first_difference(recorded) is None


def test_restart_is_the_fold_of_the_records(recorded: tuple[ev.JournalEvent, ...]) -> None:
    """Markets with rows that wait included: after each observed event both states are one."""
    assert all(folded == state for state, folded in states_and_folds(recorded))


def test_the_session_ends_where_history_would_be_cut(
    recorded: tuple[ev.JournalEvent, ...],
) -> None:
    """The state after the last bar is that of a release cut there, to the bit."""
    state = _last_state(recorded)
    market = hierarchical_after(draw_candles(bars=WARM_UP_BARS + BARS, seed=SEED)).market
    assert market is not None
    whole = state.market.whole
    assert whole is not None

    assert msgspec.json.encode(whole.macro) == msgspec.json.encode(market.macro)
    assert whole.features == market.features


def test_another_symbols_price_moves_the_market(
    recorded: tuple[ev.JournalEvent, ...],
) -> None:
    """One candle of one symbol, off by a millionth, is another belief of the whole market."""
    last = max(row for row, event in enumerate(recorded) if isinstance(event, ev.CandleClosed))
    candle = recorded[last]
    assert isinstance(candle, ev.CandleClosed)
    wrong = replace(candle, close=candle.close * (1.0 + 1e-6))
    planted = (*recorded[:last], wrong, *recorded[last + 1 :])
    honest, other = _last_state(recorded).market.whole, _last_state(planted).market.whole
    assert honest is not None
    assert other is not None

    assert honest.macro != other.macro


def test_a_recorded_cut_with_another_belief_is_named(
    recorded: tuple[ev.JournalEvent, ...],
) -> None:
    """A release whose macro filter was swapped decides otherwise, and the replay says where."""
    row = next(n for n, event in enumerate(recorded) if isinstance(event, ev.ReleaseActivated))
    activated = recorded[row]
    assert isinstance(activated, ev.ReleaseActivated)
    whole = draw_candles(bars=WARM_UP_BARS, seed=SEED)
    content = hierarchical_after(whole, arms=COMPETING)
    assert encode_content(content) == activated.content
    assert content.market is not None
    filtered = content.market.macro.filtered
    turned = replace(filtered, probabilities=filtered.probabilities[::-1])
    market = replace(content.market, macro=replace(content.market.macro, filtered=turned))
    swapped = replace(activated, content=encode_content(replace(content, market=market)))

    assert find_first_difference((*recorded[:row], swapped, *recorded[row + 1 :])) is not None
