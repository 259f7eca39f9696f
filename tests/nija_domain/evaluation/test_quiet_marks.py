"""What quiet bars are worth is what the core would have counted, mark by mark."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.capital.account import Capital, DayClose, fold_capital, with_marks
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.protection import Protection, ProtectionRules
from nija_domain.evaluation import backtest, quiet_marks
from nija_domain.evaluation.backtest import run_backtest
from nija_domain.evaluation.quiet_marks import nearest_ticks
from nija_domain.events.capital_records import ProtectionChanged
from nija_domain.events.records import EquityMarked
from nija_domain.market.timeframes import DAY_US, MINUTE_US
from nija_domain.trading.rounding import price_to_decimal
from tests.fakes.stages import plan_backtest

TICKS = st.sampled_from([Decimal(text) for text in ("0.01", "1E-1", "1", "0.5", "0.10", "1E-8")])
PRICES = st.floats(0.6, 1e9) | st.integers(60, 10**9).map(lambda cents: cents / 100.0)


@given(tick=TICKS, prices=st.lists(PRICES, min_size=1, max_size=5))
def test_prices_become_ticks_as_each_does_alone(tick: Decimal, prices: list[float]) -> None:
    """The same digits, whether they print as ticks or lie between them."""
    alone = [price_to_decimal(each, tick_size=tick, toward="nearest") for each in prices]

    together = nearest_ticks(np.array(prices), tick)
    assert [each.as_tuple() for each in together] == [each.as_tuple() for each in alone]


@given(
    equities=st.lists(st.decimals("-9", "2000", places=8), min_size=1, max_size=12),
    day=st.sampled_from([-1, 3]),
)
def test_marks_of_a_day_are_one_after_the_other(equities: list[Decimal], day: int) -> None:
    """Index, profit of the day and protection have the bits of marks that were folded alone."""
    opened = Capital(
        protection=Protection(equity=Decimal(1_000), peak=Decimal(1_000), trough=Decimal(1_000)),
        days=(DayClose(day, 1.0, 0.1),),
    )
    at_us, one_by_one = 3 * DAY_US, opened
    for place, equity in enumerate(equities):
        mark = EquityMarked(at_us=at_us + place * MINUTE_US, equity=equity, cash=equity)
        one_by_one = fold_capital(one_by_one, mark)

    assert repr(with_marks(opened, equities, at_us=at_us)) == repr(one_by_one)


def test_a_bound_within_a_stretch_is_met_at_its_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stretch is counted at once only where all of it is far from every bound of losses."""
    rules = ProtectionRules(caution_drawdown=0.002, warning_drawdown=0.004, danger_drawdown=0.006)
    limits = HardLimits(protection=rules)
    plan = plan_backtest(bars=500, seed=5, symbols=("BTC/USD", "ETH/USD"), limits=limits)
    monkeypatch.setattr(backtest, "FORESEEN_MIN", 0)
    stepped = run_backtest(plan, is_stepped=True).events

    assert any(isinstance(event, ProtectionChanged) for event in stepped)
    assert run_backtest(plan).events == stepped
    monkeypatch.setattr(quiet_marks, "_is_far", lambda *_, **__: True)
    assert run_backtest(plan).events != stepped
