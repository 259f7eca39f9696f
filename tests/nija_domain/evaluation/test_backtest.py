"""The back-test is the core over history: causal, reproducible and exact in its money."""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from nija_domain.evaluation.backtest import Backtest, BacktestPlan, run_backtest
from nija_domain.evaluation.performance import measure_performance
from nija_domain.evaluation.rehearsal import Stage, rehearse
from nija_domain.events import records as ev
from nija_domain.events.chain import encode_event
from nija_domain.releases.recipe import Recipe
from nija_domain.trading import fold as folding
from nija_domain.trading.fold import fold
from nija_domain.trading.matching import FillModel
from nija_domain.trading.state import State
from tests.fakes.regime_worlds import KNOWN_MODEL
from tests.fakes.sessions import with_book
from tests.fakes.stages import (
    COMPETING,
    EAGER_HEAD,
    STARTING_CASH,
    TIMEFRAME_US,
    WARM_UP_BARS,
    draw_candles,
    instrument_of,
    plan_backtest,
)

THIN = FillModel(participation_rate=Decimal("0.00003"))
BARS = 120


def _bytes(events: tuple[ev.JournalEvent, ...]) -> list[bytes]:
    return [encode_event(event) for event in events]


def _cut(plan: BacktestPlan, bars: int) -> BacktestPlan:
    return replace(plan, histories={s: h.cut(bars) for s, h in plan.histories.items()})


@given(seed=st.integers(0, 2**32), bars=st.integers(1, BARS), is_thin=st.booleans())
@settings(max_examples=15, deadline=None)
def test_no_decision_knows_what_comes_after(seed: int, bars: int, is_thin: bool) -> None:
    """A history cut at any bar has the records that the whole history had until then."""
    plan = plan_backtest(bars=BARS, seed=seed, fill_model=THIN if is_thin else None, arms=COMPETING)
    known = run_backtest(_cut(plan, bars)).events
    whole = run_backtest(plan).events

    assert _bytes(known) == _bytes(whole[: len(known)])


def _seer(plan: BacktestPlan) -> Callable[..., State]:
    """Enters what will have risen by the end of the plan's histories."""

    def with_wishes(state: State, *, ts_us: int, close_us: int) -> State:
        wishes = tuple(
            ev.SignalGiven(
                at_us=close_us,
                symbol=symbol,
                action="enter",
                share=1.0,
                stop_fraction=0.1,
                config_id=f"trend:{symbol}:aggressive",
                reasoning="it will rise",
                agent="trend",
            )
            for symbol, known in state.market.symbols.items()
            if known.ts_us == ts_us and float(plan.histories[symbol].close[-1]) > known.close
        )
        return with_book(state, wishes=wishes)

    return with_wishes


def test_a_strategy_that_looks_ahead_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison above can fail: a strategy that knows the end decides otherwise."""
    plan = plan_backtest(bars=BARS, seed=2)
    runs = []
    for each in (_cut(plan, 60), plan):
        monkeypatch.setattr(folding, "with_wishes", _seer(each))
        runs.append(run_backtest(each).events)

    assert _bytes(runs[0]) != _bytes(runs[1][: len(runs[0])])


def test_a_back_test_is_reproducible_to_the_bit() -> None:
    """The same plan gives the same bytes, in whatever order its symbols are named."""
    plan = plan_backtest(bars=BARS, seed=2, fill_model=THIN)
    turned = replace(plan, histories=dict(reversed(plan.histories.items())))

    assert _bytes(run_backtest(plan).events) == _bytes(run_backtest(plan).events)
    assert _bytes(run_backtest(turned).events) == _bytes(run_backtest(plan).events)


def _trades_of(seed: int) -> Backtest:
    return run_backtest(plan_backtest(bars=250, seed=seed))


@pytest.mark.parametrize("seed", [2, 3])
def test_money_is_the_sum_of_its_fills(seed: int) -> None:
    """Cash at the end is what was there, what was sold, less what was bought and paid."""
    run = _trades_of(seed)
    cash, state = STARTING_CASH, State()
    for event in run.events:
        state = fold(state, event)
        if isinstance(event, ev.OrderFilled):
            sign = 1 if event.side == "sell" else -1
            cash += sign * event.quantity * event.price - event.fee

    assert len(run.trades) >= 2
    assert state.book.purse.cash == cash
    assert run.equity[-1].cash == cash


def test_nothing_trades_at_the_close_that_decided_it() -> None:
    """Every fill comes a bar after its intent at the earliest."""
    run = _trades_of(3)
    intended = {e.order_id: e.at_us for e in run.events if isinstance(e, ev.OrderIntended)}
    waits = [
        event.at_us - intended[event.order_id]
        for event in run.events
        if isinstance(event, ev.OrderFilled) and event.order_id in intended
    ]

    assert waits
    assert min(waits) >= TIMEFRAME_US


def test_performance_by_hand() -> None:
    """Profit, fees, wins and the deepest fall, against sums written out."""
    run = _trades_of(3)
    measured = measure_performance(run.trades, run.equity, starting_cash=STARTING_CASH)
    nets = [trade.gross - trade.fees for trade in run.trades]
    marks = [STARTING_CASH, *(mark.equity for mark in run.equity)]
    falls = [1 - marks[late] / max(marks[: late + 1]) for late in range(len(marks))]

    assert measured.trades == len(nets)
    assert measured.net_profit == sum(nets)
    assert measured.win_rate == sum(net > 0 for net in nets) / len(nets)
    assert measured.max_drawdown == pytest.approx(float(max(falls)))
    assert measured.total_return == pytest.approx(float(marks[-1] / STARTING_CASH - 1))
    won, lost = sum(n for n in nets if n > 0), -sum(n for n in nets if n < 0)
    assert measured.profit_factor == pytest.approx(float(won / lost))
    returns = np.diff(np.array(marks[1:], dtype=float)) / np.array(marks[1:-1], dtype=float)
    assert measured.sharpe_per_bar == pytest.approx(returns.mean() / returns.std(ddof=1))


def test_no_trades_have_no_win_rate() -> None:
    """A rate over nothing is None, and nothing was lost."""
    measured = measure_performance((), (), starting_cash=STARTING_CASH)

    assert (measured.win_rate, measured.total_return, measured.max_drawdown) == (None, 0.0, 0.0)
    assert (measured.profit_factor, measured.sharpe_per_bar) == (None, None)


def test_a_rehearsal_goes_on_where_the_slice_before_ends() -> None:
    """It is the back-test from the cut of that slice, under the stage's own limits."""
    plan = plan_backtest(bars=BARS, seed=2)
    whole = draw_candles(bars=WARM_UP_BARS + BARS, seed=2)
    stage = Stage(
        recipe=Recipe(
            timeframe_us=TIMEFRAME_US,
            regimes=KNOWN_MODEL,
            policy=EAGER_HEAD,
            agents=plan.content.agents,
            envelope=plan.limits,
        ),
        instruments={symbol: instrument_of(symbol) for symbol in whole},
        starting_cash=STARTING_CASH,
    )
    before = {symbol: history.cut(WARM_UP_BARS) for symbol, history in whole.items()}
    rehearsed = rehearse(stage, before=before, slice_=plan.histories)
    content = replace(plan.content, sizing=type(plan.content.sizing)())

    assert rehearsed == run_backtest(replace(plan, content=content))
