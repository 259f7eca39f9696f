"""From round trips to what a position is expected to pay: the release's reward model.

Each regime's mean net return, the recent ones weighing more, shrunk by n / (n + 50) toward what is
believed before any trade. Evidence fades, so a regime that has lost is tried again in time.
"""

from collections.abc import Sequence
from math import isfinite

import msgspec

from nija_domain.events.records import TradeClosed
from nija_domain.learning.feedback import TradeRow
from nija_domain.market.timeframes import DAY_US, HOUR_US
from nija_domain.policies.head import EXPOSURES
from nija_domain.policies.rewards import RewardModel

PRIOR_RETURNS: dict[str, float] = {"Bull": 0.004, "Chop": 0.001, "Bear": -0.002}
PRIOR_HOLDING_US = 8 * HOUR_US
LEAST_HOLDING_US = HOUR_US
SHRINKAGE_TRADES = 50.0
HALF_LIFE_US = 14 * DAY_US


class HeldReward(msgspec.Struct, frozen=True):
    """The net return of one round trip, its regime at entry, and how long it was held."""

    at_us: int
    held_us: int
    regime: str
    net_return: float


def held_reward(trade: TradeClosed | TradeRow) -> HeldReward:
    stake = float(trade.quantity * trade.entry_price)
    net_return = float(trade.gross - trade.fees) / stake
    return HeldReward(trade.at_us, trade.at_us - trade.opened_us, trade.regime, net_return)


def calibrate_rewards(rewards: Sequence[HeldReward], *, now_us: int) -> RewardModel:
    """An action scales the stake and its costs alike, so that each pays the same on its stake."""
    known = [reward for reward in rewards if isfinite(reward.net_return)]
    weights = [0.5 ** (max(now_us - reward.at_us, 0) / HALF_LIFE_US) for reward in known]
    held_us = sum(w * reward.held_us for w, reward in zip(weights, known, strict=True))
    holding_us = _shrunk(held_us, sum(weights), prior=float(PRIOR_HOLDING_US))
    returns = {
        regime: _mean_return(regime, prior, known, weights)
        for regime, prior in PRIOR_RETURNS.items()
    }
    return RewardModel(
        holding_us=max(round(holding_us), LEAST_HOLDING_US),
        net_returns={
            regime: tuple(mean if action > 0.0 else 0.0 for action in EXPOSURES)
            for regime, mean in returns.items()
        },
    )


def _mean_return(
    regime: str, prior: float, rewards: Sequence[HeldReward], weights: Sequence[float]
) -> float:
    own = [(w, r.net_return) for w, r in zip(weights, rewards, strict=True) if r.regime == regime]
    mean = _shrunk(sum(w * net for w, net in own), sum(w for w, _ in own), prior=prior)
    return min(max(mean, -1.0), 1.0)


def _shrunk(weighted_sum: float, weight: float, *, prior: float) -> float:
    """Weight trades of the mean beside 50 of the prior."""
    return (weighted_sum + SHRINKAGE_TRADES * prior) / (weight + SHRINKAGE_TRADES)


PRIOR_REWARDS = calibrate_rewards((), now_us=0)
