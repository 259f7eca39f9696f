"""The decision core over a long history, beside two back-test engines with the same strategy.

One symbol, 200,000 bars, the trend rule: enter above one bound with a stop below the price, leave
under another. Ours works out its features and its regimes itself, passes every limit, keeps capital
and protection, and writes each record that a live session would. The peers are handed the rule's
two numbers for every bar, ready made, and keep an account. Nobody pays fees or a spread, so that
none stops trading for its losses.
"""

import tempfile
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from bench.peers.environment import MISSING, is_made, run_peer
from bench.report import Report, Row

if TYPE_CHECKING:
    from nija_domain.evaluation.backtest import Backtest, BacktestPlan
    from nija_domain.market.candles import CandleHistory

BARS, ROUNDS = 200_000, 3
SYMBOL, SEED = "BTC/USD", 3
CASH, SHARE = 1_000_000, 0.1
RATIO_MIN = 3.0
ALIKE = 1.25
"""How many times as many trades one of them may have made: their markets fill a little apart."""

PEERS = {
    "nautilus_trader": "bench.peers.engine_nautilus",
    "backtesting.py": "bench.peers.engine_backtesting",
}


def measure() -> Report:
    """In turn, so that none has the quieter machine."""
    plan, warm = _plan()
    _warm_up(plan)
    ours_s, told = list[float](), {name: list[dict[str, Any]]() for name in PEERS}
    with tempfile.TemporaryDirectory(prefix="nija-bench-") as folder:
        _write_market(Path(folder), plan, warm)
        for _ in range(ROUNDS):
            spent_s, tested = _timed(plan)
            ours_s.append(spent_s)
            for name, module in PEERS.items() if is_made() else ():
                told[name].append(run_peer(module, Path(folder)))
    rows = [_row(name, median(ours_s), tested, told[name]) for name in PEERS]
    return Report(bench="engine", threads=1, rows=rows)


def _warm_up(plan: "BacktestPlan") -> None:
    """Whatever is compiled is compiled now."""
    from msgspec.structs import replace

    from nija_domain.evaluation.backtest import FORESEEN_MIN, run_backtest

    first = {symbol: history.cut(FORESEEN_MIN) for symbol, history in plan.histories.items()}
    run_backtest(replace(plan, histories=first))


def _timed(plan: "BacktestPlan") -> "tuple[float, Backtest]":
    from nija_domain.evaluation.backtest import run_backtest

    begun = time.perf_counter()
    tested = run_backtest(plan)
    return time.perf_counter() - begun, tested


def _row(name: str, ours_s: float, tested: "Backtest", told: list[dict[str, Any]]) -> Row:
    """`agree` tells whether ours is fast enough, and traded about as often."""
    kinds, trades = Counter(type(event).__name__ for event in tested.events), len(tested.trades)
    ours = {"bars_s": BARS / ours_s, "trades": trades, "orders": kinds["OrderIntended"]}
    missing = Row(
        case=f"{BARS:,} bars",
        ours_s=ours_s,
        peer=name,
        peer_s=None,
        agree=None,
        more=ours | {"why": MISSING},
    )
    if not told:
        return missing
    peer_s, peer_trades = median(each["s"] for each in told), told[-1]["trades"]
    fewer, more_trades = sorted((trades, peer_trades))
    is_fast = peer_s >= RATIO_MIN * ours_s or name != "nautilus_trader"
    return msgspec.structs.replace(
        missing,
        peer_s=peer_s,
        agree=is_fast and more_trades <= ALIKE * fewer,
        more=ours | {"peer_bars_s": BARS / peer_s, "peer_trades": peer_trades},
    )


def _plan() -> "tuple[BacktestPlan, CandleHistory]":
    """The back-test, and the candles that its release was made of."""
    from msgspec.structs import replace

    from nija_domain.capital.limits import HardLimits
    from nija_domain.evaluation.backtest import BacktestPlan
    from nija_domain.strategies.shelf import choose_preset
    from nija_domain.trading.matching import FillModel
    from tests.fakes.stages import WARM_UP_BARS, content_after, draw_candles, instrument_of

    whole = draw_candles(bars=WARM_UP_BARS + BARS, seed=SEED, symbols=(SYMBOL,))[SYMBOL]
    warm = whole.cut(WARM_UP_BARS)
    nothing = Decimal(0)
    plan = BacktestPlan(
        content=content_after({SYMBOL: warm}, strategy=choose_preset("trend", "aggressive")),
        histories={SYMBOL: whole.between(WARM_UP_BARS, len(whole))},
        instruments={SYMBOL: replace(instrument_of(SYMBOL), taker_fee_rate=nothing)},
        limits=HardLimits(),
        fill_model=FillModel(spread_bps=nothing, slippage_bps=nothing),
        starting_cash=Decimal(CASH),
    )
    return plan, warm


def _write_market(folder: Path, plan: "BacktestPlan", warm: "CandleHistory") -> None:
    """Candles, and the two numbers that the rule reads at each of them."""
    from nija_domain.features.history.feature_rows import compute_features
    from nija_domain.market.candles import joined

    history, (agent,) = plan.histories[SYMBOL], plan.content.agents
    table = compute_features(joined(warm, history), ("trend_strength", "atr_fraction"))
    trend, atr = np.ascontiguousarray(table.values[len(warm) :].T)
    names = ("trend_entry", "trend_exit", "stop_multiple")
    columns: dict[str, Any] = {
        name: getattr(history, name) for name in history.__struct_fields__[1:]
    }
    parameters: dict[str, Any] = {name: agent.strategy.parameters[name] for name in names}
    np.savez(
        folder / "market.npz", **columns, **parameters, trend=trend, atr=atr, share=SHARE, cash=CASH
    )
