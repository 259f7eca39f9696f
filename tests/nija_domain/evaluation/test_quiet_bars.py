"""Bars that are played at once leave the records, and the state, of bars that were stepped."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.protection import ProtectionRules
from nija_domain.evaluation import backtest, quiet_bars
from nija_domain.evaluation.backtest import BacktestPlan, run_backtest
from nija_domain.events import records as ev
from nija_domain.events.chain import encode_event
from nija_domain.strategies.agents import shipped_agents
from nija_domain.trading.matching import FillModel
from tests.fakes.stages import COMPETING, plan_backtest

BARS = 700
TIGHT = HardLimits(
    daily_loss_halt=0.01,
    max_drawdown_halt=0.05,
    protection=ProtectionRules(
        caution_drawdown=0.002,
        warning_drawdown=0.004,
        danger_drawdown=0.006,
        halt_drawdown=0.03,
        floor_share=0.5,
    ),
)
"""Levels change and halts trip within days."""

THIN = FillModel(participation_rate=Decimal("0.00003"))
SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD")


@pytest.fixture(autouse=True)
def _always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short histories are foreseen too."""
    monkeypatch.setattr(backtest, "FORESEEN_MIN", 0)


def _plan(seed: int, *, symbols: int, is_tight: bool, is_thin: bool) -> BacktestPlan:
    plan = plan_backtest(
        bars=BARS,
        seed=seed,
        symbols=SYMBOLS[:symbols],
        limits=TIGHT if is_tight else None,
        fill_model=THIN if is_thin else None,
    )
    if seed % 2:
        return plan
    return replace(plan, content=replace(plan.content, agents=shipped_agents("aggressive")))


def _bytes(plan: BacktestPlan, *, is_stepped: bool) -> list[bytes]:
    return [encode_event(event) for event in run_backtest(plan, is_stepped=is_stepped).events]


@given(
    seed=st.integers(0, 2**32),
    symbols=st.integers(1, 3),
    is_tight=st.booleans(),
    is_thin=st.booleans(),
)
@settings(max_examples=8, deadline=None)
def test_every_record_is_the_one_of_a_bar_that_was_stepped(
    seed: int, symbols: int, is_tight: bool, is_thin: bool
) -> None:
    """One agent or four, under losses, and with orders that take many bars to fill."""
    plan = _plan(seed, symbols=symbols, is_tight=is_tight, is_thin=is_thin)

    assert _bytes(plan, is_stepped=False) == _bytes(plan, is_stepped=True)


def test_the_cases_meet_what_they_are_for() -> None:
    """Stops, exits, changes of protection and halts, and most bars played at once."""
    met: set[str] = set()
    for seed in range(4):
        plan = _plan(seed, symbols=2, is_tight=True, is_thin=False)
        met |= {type(event).__name__ for event in run_backtest(plan).events}

    assert met >= {"TradeClosed", "ExitBegun", "ProtectionChanged", "RegimeChanged", "EntryRefused"}


def test_most_bars_are_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise nothing would be gained, and nothing tested."""
    stepped: list[int] = []
    step = backtest._stepped

    def counted(*args: object) -> object:
        stepped.append(1)
        return step(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(backtest, "_stepped", counted)
    run_backtest(_plan(1, symbols=1, is_tight=False, is_thin=False))

    assert 0 < len(stepped) < BARS / 4


def test_a_stop_that_is_overlooked_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison that any playing passes would hold of anything."""
    plan = _plan(1, symbols=3, is_tight=False, is_thin=False)
    honest = _bytes(plan, is_stepped=True)
    monkeypatch.setattr(quiet_bars, "NEAR", 0.0)

    assert _bytes(plan, is_stepped=False) != honest


def test_drawn_presets_and_gaps_are_stepped() -> None:
    """What is not decided by an unbroken grid of candles alone is left to the core."""
    plain = _plan(1, symbols=2, is_tight=False, is_thin=False)
    drawn = plan_backtest(bars=50, seed=1, arms=COMPETING)
    (symbol, history), *others = plain.histories.items()
    torn = replace(plain, histories={symbol: history.between(1, len(history)), **dict(others)})

    assert backtest._foreseen(plain)
    assert not backtest._foreseen(drawn)
    assert not backtest._foreseen(torn)
    assert isinstance(run_backtest(torn).events[-1], ev.DecisionDue)
