"""What a preset may lead to: certain where the trades are, seeded where they are not."""

import numpy as np
import pytest

from nija_domain.capital.monte_carlo import BootstrapPlan, SampledTrade, foresee
from nija_domain.capital.presets import PRESETS
from nija_domain.errors import HistoryTooShort

PLAN = BootstrapPlan(starting=900.0, steps=200, paths=300)


def _foresee(*returns: float, preset: str = "moderate", plan: BootstrapPlan = PLAN, seed: int = 1):  # noqa: ANN202
    trades = [SampledTrade(net_return=r, regime="Bull") for r in returns]
    return foresee(trades, preset=PRESETS[preset], plan=plan, rng=np.random.default_rng(seed))


def test_one_winning_trade_over_and_over_is_arithmetic() -> None:
    """Tradable grows by 75 % of 5 % × 2 % a trade, equity by the whole of it."""
    plan = BootstrapPlan(starting=900.0, steps=3, paths=2)
    tradable, aside = 900.0, 0.0
    for _ in range(3):
        net = tradable * 0.05 * 0.02
        tradable, aside = tradable + 0.75 * net, aside + 0.25 * net
    found = _foresee(0.02, plan=plan)

    assert found.final_equities == pytest.approx((tradable + aside,) * 5)
    assert (found.ruin_probability, found.halt_probability) == (0.0, 0.0)
    assert found.drawdowns == (0.0,) * 5


def test_losing_for_ever_halts_every_path_at_a_fifth() -> None:
    """The protection stops the account: no drawdown goes far beyond where it halts."""
    found = _foresee(-0.5, plan=BootstrapPlan(starting=900.0, steps=400, paths=5))

    assert found.halt_probability == found.ruin_probability == 1.0
    assert 0.20 <= found.drawdowns[-1] < 0.22


def test_the_first_milestone_is_found_in_time() -> None:
    """From 900 at some 0.9 a trade, 1,000 takes about a hundred of them."""
    found = _foresee(0.02)

    assert (found.milestone, found.milestone_probability) == (1_000.0, 1.0)
    assert 100 <= found.milestone_trades[2] <= 115


def test_bolder_presets_dare_more() -> None:
    """Over the same lucky and unlucky trades the drawdowns deepen with the preset."""
    deepest = [
        _foresee(0.30, -0.25, preset=name).drawdowns[2]
        for name in ("conservative", "moderate", "aggressive")
    ]

    assert deepest == sorted(deepest)
    assert deepest[0] < deepest[-1]


def test_a_seed_draws_the_same_future() -> None:
    """And another seed another one."""
    same, again = _foresee(0.3, -0.25), _foresee(0.3, -0.25)

    assert same == again
    assert _foresee(0.3, -0.25, seed=2) != same


def test_without_trades_there_is_nothing_to_draw_from() -> None:
    """It says so instead of inventing a future."""
    with pytest.raises(HistoryTooShort, match="trades"):
        _foresee()


@pytest.mark.parametrize(
    ("field", "value"),
    [("starting", 0.0), ("starting", float("inf")), ("steps", 0), ("paths", 0), ("paths", 10**9)],
)
def test_a_plan_without_measure_is_refused_by_name(field: str, value: float) -> None:
    """No money, no trades, no paths; nor more of them than any machine holds."""
    with pytest.raises(ValueError, match=field):
        BootstrapPlan(**({"starting": 1.0, "steps": 1, "paths": 1} | {field: value}))
