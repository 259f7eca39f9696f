"""Symbols are weighed over the bars that they share."""

import msgspec
import numpy as np
import pytest

from nija_domain.allocation.covariance import ledoit_wolf
from nija_domain.allocation.risk_parity import allocate_symbols
from nija_domain.allocation.symbol_risk import RiskRules, weigh_symbols
from nija_domain.errors import HistoryTooShort
from nija_domain.market.timeframes import YEAR_US
from tests.fakes.stages import SYMBOLS, TIMEFRAME_US, draw_candles

RULES = RiskRules(window_bars=200)


def test_weights_are_those_of_the_shared_returns() -> None:
    """By hand: log returns, Ledoit and Wolf, a year of bars, equal risk."""
    histories = draw_candles(bars=201, seed=3)
    found = weigh_symbols(histories.values(), timeframe_us=TIMEFRAME_US, rules=RULES)
    returns = np.column_stack([np.diff(np.log(histories[s].close)) for s in SYMBOLS])
    covariance = ledoit_wolf(returns).covariance * (YEAR_US / TIMEFRAME_US)
    slow, _ = allocate_symbols(tuple(SYMBOLS), covariance, target_volatility=0.3)

    assert found.allocation.weights == pytest.approx(slow.weights)
    assert found.allocation.risk_shares == pytest.approx(dict.fromkeys(SYMBOLS, 1 / 3))


def test_a_symbol_that_began_lately_is_left_out() -> None:
    """A quarter of the bars is too few to compare; the others keep all of theirs."""
    histories = draw_candles(bars=201, seed=3)
    young = histories["SOL/USD"].between(150, 201)
    found = weigh_symbols(
        [*(histories[s] for s in SYMBOLS[:2]), young], timeframe_us=TIMEFRAME_US, rules=RULES
    )

    assert found.allocation.weights.keys() == {"BTC/USD", "ETH/USD"}


def test_the_decaying_covariance_is_an_option() -> None:
    """With a short half-life the weights follow the newest bars."""
    histories = draw_candles(bars=201, seed=3).values()
    rules = msgspec.structs.replace(RULES, half_life_bars=20.0)
    plain, fresh = (
        weigh_symbols(histories, timeframe_us=TIMEFRAME_US, rules=r) for r in (RULES, rules)
    )

    assert plain.allocation.weights != fresh.allocation.weights


def test_too_few_bars_are_refused() -> None:
    """One return tells no covariance."""
    with pytest.raises(HistoryTooShort, match="histories"):
        weigh_symbols(draw_candles(bars=2, seed=3).values(), timeframe_us=TIMEFRAME_US, rules=RULES)
