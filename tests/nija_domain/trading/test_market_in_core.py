"""What the market's state does in the core: when regimes are told, and what an order becomes."""

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from nija_domain.capital.capital_regimes import ALLOCATION, capital_regime_probs
from nija_domain.capital.market_state import market_of_symbols
from nija_domain.events import records as ev
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.filter import FilterState
from nija_domain.regimes.hierarchy import MacroState, is_unknown
from nija_domain.releases.content import (
    ReleaseContent,
    decode_content,
    encode_content,
)
from nija_domain.trading.core import advance
from nija_domain.trading.fold import fold
from nija_domain.trading.market_rows import (
    joint_probs_of,
    market_probs_of,
    regime_probs_of,
)
from nija_domain.trading.state import State
from tests.fakes.hierarchies import hierarchical_after
from tests.fakes.market_sessions import (
    CUT,
    LATE,
    LEADER,
    activated,
    bar_closed,
    bar_us,
    bars_of,
    candles_at,
    folded,
    halting_histories,
    histories_until,
    opened_after,
    opening_of,
)
from tests.fakes.sessions import with_market
from tests.fakes.stages import (
    SYMBOLS,
    content_after,
)

STATES = ("Calm", "Trend", "Chaos")


@pytest.fixture(scope="module")
def histories() -> dict[str, CandleHistory]:
    return halting_histories()


def test_regimes_are_told_when_the_bar_is_whole(histories: dict[str, CandleHistory]) -> None:
    """With a model of the market a symbol's regime waits for all symbols; without, it does not."""
    ts_us = bar_us(histories, CUT)
    known = histories_until(histories, ts_us)
    candle, *others = candles_at(histories, ts_us)
    found = []
    for content in (hierarchical_after(known), content_after(known)):
        state = folded(State(), opening_of(content))
        early = advance(state, candle)
        state = folded(early.state, others)
        late = advance(state, bar_closed(ts_us))
        found.append(
            [any(isinstance(e, ev.RegimeChanged) for e in a.records) for a in (early, late)]
        )

    assert found == [[False, True], [True, False]]


def _in_state(state: State, name: str) -> State:
    """The same session, sure of the market's state."""
    assert state.market.whole is not None
    probs = tuple(float(name == other) for other in STATES)
    macro = MacroState(FilterState(probs), state.market.whole.macro.surprise)
    return with_market(state, whole=replace(state.market.whole, macro=macro))


def _in_regime(state: State, name: str) -> State:
    """The same session, sure of the leader's regime within every state of the market."""
    sure = FilterState(tuple(float(name == other) for other in ("Bull", "Bear", "Chop")))
    leader = replace(state.market.symbols[LEADER], micro=dict.fromkeys(STATES, sure))
    return with_market(state, symbols={**state.market.symbols, LEADER: leader})


def _ordered(state: State) -> ev.OrderIntended:
    at_us = state.market.symbols[LEADER].ts_us
    wish = ev.SignalGiven(
        at_us=at_us,
        symbol=LEADER,
        action="enter",
        share=1.0,
        stop_fraction=0.05,
        config_id="c",
        reasoning="a wish",
        agent="trend",
    )
    due = ev.DecisionDue(at_us=at_us, ts_us=at_us)
    (order,) = advance(fold(state, wish), due).records[1:]
    assert isinstance(order, ev.OrderIntended), order
    return order


def _regime_factor(order: ev.OrderIntended) -> float:
    return next(found.factor for found in order.waterfall if found.step == "regime")


@pytest.mark.parametrize(
    ("macro", "micro", "regime"),
    [
        ("Calm", "Bull", "BULL_TRENDING"),
        ("Trend", "Chop", "RANGING"),
        ("Trend", "Bear", "BEAR_TRENDING"),
        ("Chaos", "Bull", "VOLATILE"),
        ("Chaos", "Bear", "CRISIS"),
    ],
)
def test_the_pair_decides_the_allocation(
    histories: dict[str, CandleHistory], macro: str, micro: str, regime: str
) -> None:
    """The waterfall's regime step is that of the market's state by the symbol's."""
    order = _ordered(_in_regime(_in_state(opened_after(histories), macro), micro))

    assert _regime_factor(order) == pytest.approx(ALLOCATION[regime])


def test_chaos_makes_the_order_smaller(histories: dict[str, CandleHistory]) -> None:
    """Nothing else changed than what is believed of the market."""
    sure_bull = _in_regime(opened_after(histories), "Bull")
    calm, chaos = (_ordered(_in_state(sure_bull, name)) for name in ("Calm", "Chaos"))

    assert chaos.quantity < calm.quantity


def _wilder(history: CandleHistory, by: float, start: int) -> CandleHistory:
    """The same candles, the moves from a row on larger by a factor."""
    logs = {name: np.log(getattr(history, name)) for name in ("open", "high", "low", "close")}
    base = float(logs["close"][start - 1])
    moved = {
        name: np.exp(np.where(np.arange(len(column)) < start, column, base + by * (column - base)))
        for name, column in logs.items()
    }
    return replace(history, **moved)


def test_a_market_where_nothing_fits_is_met_as_chaos(histories: dict[str, CandleHistory]) -> None:
    """Moves fifteen times as large as ever: Unknown, and sized as Chaos is."""
    wild = {symbol: _wilder(history, 15.0, CUT) for symbol, history in histories.items()}
    home = folded(opened_after(histories), bars_of(histories, range(CUT, CUT + 60)))
    lost = folded(opened_after(wild), bars_of(wild, range(CUT, CUT + 60)))
    assert home.market.whole is not None
    assert lost.market.whole is not None
    sure_bull = _in_regime(lost, "Bull")

    assert not is_unknown(home.market.whole.macro)
    assert market_probs_of(lost.market) == {"Unknown": 1.0}
    assert _regime_factor(_ordered(sure_bull)) == pytest.approx(ALLOCATION["VOLATILE"])


def _as_written_before(content: ReleaseContent) -> str:
    """The text of a release that knew of no market."""
    parts = msgspec.json.decode(encode_content(content))
    del parts["hierarchy"], parts["market"]
    for cut in parts["cuts"]:
        del cut["micro"]
    return msgspec.json.encode(parts).decode()


def test_a_release_from_before_folds_as_it_did(histories: dict[str, CandleHistory]) -> None:
    """Its market is the mean of its symbols, and its regimes are the pooled filter's."""
    content = content_after(histories_until(histories, bar_us(histories, CUT)))
    assert decode_content(_as_written_before(content)) == content
    old = replace(activated(content), content=_as_written_before(content))
    opening = [*opening_of(content)][:-1]
    state = folded(State(), [*opening, old, *bars_of(histories, range(CUT, CUT + 30))])
    release = state.release
    assert release is not None
    own = [release.filtered_probs(known) for known in state.market.symbols.values()]
    leader = release.filtered_probs(state.market.symbols[LEADER])
    regimes = capital_regime_probs(market_of_symbols(own), leader)

    assert state.market.whole is None
    assert regime_probs_of(state.market, LEADER) == leader
    assert market_probs_of(state.market) == market_of_symbols(own)
    assert _regime_factor(_ordered(state)) == pytest.approx(
        sum(share * ALLOCATION[name] for name, share in regimes.items())
    )


def test_releases_with_and_without_a_market_follow_each_other(
    histories: dict[str, CandleHistory],
) -> None:
    """Each activation starts from its own cut; a held symbol outside it gets filters of its own."""
    known = histories_until(histories, bar_us(histories, CUT))
    inside = {symbol: known[symbol] for symbol in (LEADER, LATE)}
    state = folded(State(), opening_of(content_after(known)))
    state = fold(state, activated(hierarchical_after(inside)))
    state = folded(state, bars_of(histories, range(CUT, CUT + 3)))
    outside = state.market.symbols[SYMBOLS[2]]
    after = fold(state, activated(content_after(known)))

    assert set(outside.micro) == set(STATES)
    probs = market_probs_of(state.market)
    joint = joint_probs_of(state.market, SYMBOLS[2], market_probs=probs)

    assert sum(joint.values()) == pytest.approx(1.0)
    assert after.market.whole is None
    assert all(symbol.micro == {} for symbol in after.market.symbols.values())
