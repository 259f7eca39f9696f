"""What each regime has paid decides its exposure: evidence, recency, feedback."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.events.records import TradeClosed
from nija_domain.learning.calibration import (
    HALF_LIFE_US,
    NEUTRAL_SHARE,
    PRIOR_EXPOSURE,
    SHARE_PER_T,
    SHRINKAGE_COUNT,
    Calibration,
    Reward,
    calibrate_exposures,
    reward_of,
)
from nija_domain.market.timeframes import YEAR_US

NOW_US = 100 * YEAR_US


def _rewards(*returns: float, regime: str = "Bull", age_us: int = 0) -> list[Reward]:
    return [Reward(NOW_US - age_us, regime, net_return) for net_return in returns]


def _calibrated(rehearsed: list[Reward], traded: list[Reward] | None = None) -> Calibration:
    return calibrate_exposures(rehearsed=rehearsed, traded=traded or [], now_us=NOW_US)


def _bull(calibration: Calibration) -> float:
    return calibration.head.exposure_by_regime["Bull"]


def test_no_evidence_keeps_the_neutral_share_of_the_prior() -> None:
    """Nothing seen, or one trade only: three quarters of what was believed."""
    neutral = {regime: 0.75 * exposure for regime, exposure in PRIOR_EXPOSURE.items()}

    assert _calibrated([]).head.exposure_by_regime == neutral
    assert _calibrated(_rewards(0.5)).head.exposure_by_regime == neutral


def test_clear_profit_restores_and_clear_loss_halves() -> None:
    """The prior is the most that a regime can have; half of it the least."""
    assert _bull(_calibrated(_rewards(0.01, 0.012, 0.011))) == 1.0
    assert _bull(_calibrated(_rewards(-0.01, -0.012, -0.011))) == 0.5


def test_the_evidence_is_the_shrunk_t_statistic() -> None:
    """Equal weights: mean over deviation times the root of the count, by numpy, then shrunk."""
    returns = (0.01, -0.02, 0.03, 0.005)
    evidence = _calibrated(_rewards(*returns)).evidence[0]
    plain = np.mean(returns) / np.std(returns) * np.sqrt(len(returns))
    expected = plain * 4 / (4 + SHRINKAGE_COUNT)

    assert (evidence.regime, evidence.rewards) == ("Bull", 4)
    assert evidence.t_statistic == pytest.approx(expected)
    assert evidence.exposure == pytest.approx(NEUTRAL_SHARE + SHARE_PER_T * expected)


def test_recent_rewards_weigh_more() -> None:
    """The same losses and profits: whichever is recent decides."""
    old = HALF_LIFE_US * 4
    better = _rewards(0.01, 0.02) + _rewards(-0.01, -0.02, age_us=old)
    worse = _rewards(-0.01, -0.02) + _rewards(0.01, 0.02, age_us=old)

    assert _bull(_calibrated(better)) > NEUTRAL_SHARE > _bull(_calibrated(worse))


def test_many_rewards_say_more_than_few() -> None:
    """The same mean and spread from more trades move the head further."""
    few, many = _rewards(0.01, -0.005), _rewards(*[0.01, -0.005] * 10)

    assert _bull(_calibrated(many)) > _bull(_calibrated(few)) > NEUTRAL_SHARE


def test_a_regime_learns_from_its_own_trades_only() -> None:
    """Losses in Chop do not touch Bull."""
    head = _calibrated(_rewards(-0.01, -0.011, -0.012, regime="Chop")).head

    assert head.exposure_by_regime["Bull"] == NEUTRAL_SHARE
    assert head.exposure_by_regime["Chop"] == 0.25


def test_feedback_moves_the_head_and_the_difference_is_told() -> None:
    """Real losses cut what rehearsal alone would have allowed."""
    rehearsed = _rewards(0.01, 0.012, 0.011)
    calibration = _calibrated(rehearsed, _rewards(-0.05, -0.06, -0.05))

    assert (calibration.rehearsed, calibration.traded) == (3, 3)
    assert calibration.head_without_feedback == _calibrated(rehearsed).head
    assert _bull(calibration) < calibration.head_without_feedback.exposure_by_regime["Bull"]


@given(
    rewards=st.lists(
        st.builds(
            Reward,
            st.integers(0, NOW_US),
            st.sampled_from(["Bull", "Bear", "Chop", "Unheard"]),
            st.floats(-1.0, 10.0),
        )
    )
)
def test_no_evidence_leaves_the_range(rewards: list[Reward]) -> None:
    """However old or strange the rewards: half of the prior at least, the prior at most."""
    exposures = _calibrated(rewards).head.exposure_by_regime

    assert exposures.keys() == PRIOR_EXPOSURE.keys()
    for regime, exposure in exposures.items():
        assert PRIOR_EXPOSURE[regime] / 2 <= exposure <= PRIOR_EXPOSURE[regime]


def test_a_reward_is_the_net_return_on_the_stake() -> None:
    """Bought for 200, 30 gained, 2 paid: fourteen per cent."""
    trade = TradeClosed(
        at_us=7,
        symbol="BTC/USD",
        opened_us=1,
        quantity=Decimal(2),
        entry_price=Decimal(100),
        exit_price=Decimal(115),
        gross=Decimal(30),
        fees=Decimal(2),
        regime="Bull",
        config_id="c",
        release_id="r",
        position_id="trend/BTC/USD/core/1",
        reason="stop",
    )

    assert reward_of(trade) == Reward(7, "Bull", 0.14)
