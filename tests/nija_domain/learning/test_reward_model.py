"""What a position is expected to pay: shrunk means by regime, recent trades first."""

from math import isclose

import pytest

from nija_domain.learning.reward_model import (
    HALF_LIFE_US,
    PRIOR_HOLDING_US,
    PRIOR_RETURNS,
    PRIOR_REWARDS,
    HeldReward,
    calibrate_rewards,
)
from nija_domain.market.timeframes import HOUR_US, YEAR_US
from nija_domain.policies.rewards import RewardModel, expect_return

NOW_US = 100 * YEAR_US


def _rewards(
    count: int, net_return: float, *, regime: str = "Bull", age_us: int = 0
) -> list[HeldReward]:
    return [HeldReward(NOW_US - age_us, 2 * HOUR_US, regime, net_return)] * count


def _bull(rewards: list[HeldReward]) -> float:
    return calibrate_rewards(rewards, now_us=NOW_US).net_returns["Bull"][-1]


def test_without_trades_the_prior_is_believed() -> None:
    """Every regime its own, over eight hours; no stake pays nothing."""
    assert PRIOR_REWARDS.holding_us == PRIOR_HOLDING_US
    assert {r: table[-1] for r, table in PRIOR_REWARDS.net_returns.items()} == PRIOR_RETURNS
    assert all(table[0] == 0.0 for table in PRIOR_REWARDS.net_returns.values())


def test_fifty_trades_are_worth_as_much_as_the_prior() -> None:
    """n / (n + 50): half-way between what was believed and what was paid."""
    assert _bull(_rewards(50, 0.02)) == pytest.approx((0.02 + PRIOR_RETURNS["Bull"]) / 2)
    assert _bull(_rewards(50, 0.02, regime="Chop")) == PRIOR_RETURNS["Bull"]


def test_a_regime_that_lost_is_tried_again_in_time() -> None:
    """A hundred losses refuse the regime; a year later they weigh next to nothing."""
    assert _bull(_rewards(100, -0.01)) < 0.0
    assert _bull(_rewards(100, -0.01, age_us=26 * HALF_LIFE_US)) > 0.0


def test_the_expectation_is_annual_and_over_all_regimes() -> None:
    """Half Bull at 1 % in eight hours, half unknown: 1,095 times a half of it."""
    model = RewardModel(holding_us=8 * HOUR_US, net_returns={"Bull": (0.0, 0.01, 0.01, 0.01)})
    found = expect_return(model, {"Bull": 0.5, "Chop": 0.5}, exposure=0.5)

    assert isclose(found, 0.005 * 3 * 365)
    assert expect_return(model, {"Bull": 1.0}, exposure=0.0) == 0.0


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("holding_us", {"holding_us": 0}),
        ("net_returns", {"net_returns": {"Bull": (0.0, 0.1)}}),
        ("net_returns", {"net_returns": {"Bull": (0.0, 0.1, 0.1, float("nan"))}}),
    ],
)
def test_a_model_of_nonsense_is_refused_by_name(field: str, changes: dict[str, object]) -> None:
    """No time, a missing action, a return that is none."""
    fields: dict[str, object] = {"holding_us": 1, "net_returns": {}}
    with pytest.raises(ValueError, match=field):
        RewardModel(**(fields | changes))  # type: ignore[arg-type]
