"""A price that steps by ten times and stays halts its symbol until a release reaches over it."""

import numpy as np
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.evaluation.backtest import BacktestPlan, run_backtest
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.events import records as ev
from nija_domain.market.candles import CandleHistory
from nija_domain.trading.matching import FillModel
from nija_domain.trading.state import State
from tests.fakes.sessions import fold_all
from tests.fakes.stages import STARTING_CASH, WARM_UP_BARS, instrument_of
from tests.fakes.stands import CHURN, SYMBOLS, Stand, run

BTC, SOL = SYMBOLS
AT = WARM_UP_BARS + 3


def stepped(history: CandleHistory, factor: float, *, until: int | None = None) -> CandleHistory:
    columns = {}
    for name in ("open", "high", "low", "close"):
        column = getattr(history, name).copy()
        column[AT:until] *= factor
        columns[name] = column
    return replace(history, **columns)


def _stand(factor: float, *, until: int | None = None) -> Stand:
    stand = Stand(bars=14)
    stand.candles[BTC] = stepped(stand.candles[BTC], factor, until=until)
    return stand


def _intents(stand: Stand, symbol: str) -> list[int]:
    return [
        e.at_us
        for e in stand.journal.events
        if isinstance(e, ev.OrderIntended) and e.symbol == symbol and e.role == "entry"
    ]


def test_a_step_halts_its_symbol_and_no_other() -> None:
    """Nothing is decided on it any more, nor is it asked for; the other one trades on."""
    stand = _stand(0.001)

    async def course() -> None:
        await stand.start()
        await stand.play(10)

    run(course())
    (halted,) = [e for e in stand.journal.events if isinstance(e, ev.SymbolHalted)]
    later = [e for e in stand.journal.events if isinstance(e, ev.CandleClosed) and e.symbol == BTC]

    assert (halted.symbol, halted.ts_us) == (BTC, int(stand.candles[BTC].ts_us[AT]))
    assert halted.before > 900 * halted.price
    assert max(e.ts_us for e in later) == halted.ts_us
    assert all(at_us < halted.at_us for at_us in _intents(stand, BTC))
    assert any(at_us > halted.at_us for at_us in _intents(stand, SOL))


def test_a_step_is_no_gain_and_no_loss() -> None:
    """What is held keeps the worth of the last price in the unit that it was bought in."""
    stand = _stand(0.001)

    async def course() -> None:
        await stand.start()
        await stand.play(10)

    run(course())
    marks = [float(e.equity) for e in stand.journal.events if isinstance(e, ev.EquityMarked)]

    assert min(marks) > 0.9 * max(marks)
    assert "HaltTripped" not in stand.kinds()


def test_the_halt_outlives_a_restart_and_a_price_that_is_back() -> None:
    """Once it has stayed for a bar, no later bar is asked; a replay decides the same again."""
    stand = _stand(10.0, until=AT + 2)

    async def course() -> None:
        await stand.start()
        await stand.play(5)
        await stand.restart()
        await stand.play(5)

    run(course())

    assert BTC in stand.session.state.restrictions.stepped
    assert stand.kinds().count("SymbolHalted") == 1
    assert find_first_difference(stand.journal.events) is None


def test_a_release_from_before_the_step_lifts_nothing() -> None:
    """One whose history reaches over it does: the contract has let the step pass by then."""
    stand = _stand(10.0)

    async def course() -> None:
        await stand.start()
        await stand.play(5)
        for name, row, is_halted in (("r-2", AT, True), ("r-3", AT + 1, False)):
            stand.releases.release = stand.release(name, strategy=CHURN, row=row)
            await stand.play(1)
            assert (BTC in stand.session.state.restrictions.stepped) is is_halted

    run(course())


def test_a_back_test_over_a_step_takes_it_as_confirmed() -> None:
    """What is tested has passed the contract; the symbol trades on after it."""
    stand = _stand(10.0)
    content = stand.release("r-1", strategy=CHURN).content
    events = run_backtest(
        BacktestPlan(
            content=content,
            histories={s: h.between(WARM_UP_BARS, len(h)) for s, h in stand.candles.items()},
            instruments={symbol: instrument_of(symbol) for symbol in SYMBOLS},
            limits=HardLimits(),
            fill_model=FillModel(),
            starting_cash=STARTING_CASH,
        )
    ).events
    kinds = [type(event) for event in events]
    state = fold_all(State(), *events)

    assert ev.SymbolHalted not in kinds
    assert state.market.symbols[BTC].ts_us == int(np.max(stand.candles[BTC].ts_us))
