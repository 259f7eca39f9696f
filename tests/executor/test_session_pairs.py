"""A live session beside the back-test of its own candles differs in when, and in nothing else."""

from decimal import Decimal

from nija_domain.capital.limits import HardLimits
from nija_domain.evaluation.backtest import BacktestPlan, run_backtest
from nija_domain.evaluation.session_pairs import compare_sessions
from nija_domain.events import records as ev
from nija_domain.trading.matching import FillModel
from tests.fakes.stages import TIMEFRAME_US, WARM_UP_BARS, instrument_of
from tests.fakes.stands import SYMBOLS, Stand, run

BARS = 12


def _live(*, restarts: bool = False) -> list[ev.JournalEvent]:
    stand = Stand(bars=BARS + 2)

    async def course() -> None:
        await stand.start()
        await stand.play(BARS // 2)
        if restarts:
            await stand.restart()
        await stand.play(BARS // 2)

    run(course())
    return stand.journal.events


def _back_tested() -> tuple[ev.JournalEvent, ...]:
    stand = Stand(bars=BARS + 2)
    plan = BacktestPlan(
        content=stand.release("r-1").content,
        histories={
            symbol: history.between(WARM_UP_BARS, WARM_UP_BARS + BARS)
            for symbol, history in stand.candles.items()
        },
        instruments={symbol: instrument_of(symbol) for symbol in SYMBOLS},
        limits=HardLimits(),
        fill_model=FillModel(),
        starting_cash=Decimal(10_000),
    )
    return run_backtest(plan).events


def test_a_live_session_trades_what_its_back_test_does() -> None:
    """Every candle, digest, wish, size and fill; only answers take their time."""
    live, tested = _live(), _back_tested()
    exact = compare_sessions(live, tested).difference
    found = compare_sessions(live, tested, within_us=TIMEFRAME_US)

    assert exact is not None
    assert (exact.kind, exact.field) == ("latency", "at_us")
    assert found.difference is None
    assert (found.bars, found.candles) == (BARS, BARS * len(SYMBOLS))
    assert min(found.orders, found.fills) > BARS


def test_a_restart_between_two_bars_changes_nothing() -> None:
    """The executor that was restarted decided the same as the one that was not."""
    assert compare_sessions(_live(), _live(restarts=True)).difference is None
