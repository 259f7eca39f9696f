"""From round trips to a policy head: what each regime has paid decides its exposure.

The evidence of a regime is the t-statistic of its net returns, the recent ones weighing more,
shrunk while they are few. No evidence keeps three quarters of the prior exposure; clear profit
restores it, clear loss halves it. It is never cut to nothing: who stops trading stops learning.
"""

from collections.abc import Iterable, Sequence
from math import sqrt

import msgspec
from msgspec.structs import replace

from nija_domain.events.records import TradeClosed
from nija_domain.learning.feedback import TradeRow
from nija_domain.learning.reward_model import PRIOR_REWARDS
from nija_domain.market.timeframes import DAY_US
from nija_domain.policies.head import PolicyHead
from nija_domain.policies.rewards import RewardModel
from nija_domain.releases.recipe import Recipe
from nija_domain.strategies import shelf
from nija_domain.strategies.agents import Agent

PRIOR_EXPOSURE: dict[str, float] = {"Bull": 1.0, "Chop": 0.5, "Bear": 0.0}
HALF_LIFE_US = 14 * DAY_US
NEUTRAL_SHARE, LEAST_SHARE, MOST_SHARE = 0.75, 0.5, 1.0
SHARE_PER_T = 0.125
SHRINKAGE_COUNT = 10.0
RETURN_SPREAD_FLOOR = 1e-3
LEAST_REWARDS = 2


PRIOR_HEAD = PolicyHead(PRIOR_EXPOSURE)


class Reward(msgspec.Struct, frozen=True):
    """The net return of one round trip, with the regime that was believed at its entry."""

    at_us: int
    regime: str
    net_return: float


class RegimeEvidence(msgspec.Struct, frozen=True, kw_only=True):
    regime: str
    rewards: int
    mean_return: float
    t_statistic: float
    exposure: float


class Calibration(msgspec.Struct, frozen=True):
    """The head, the evidence behind it, and the head that rehearsal alone would have given."""

    head: PolicyHead
    evidence: tuple[RegimeEvidence, ...]
    head_without_feedback: PolicyHead
    rehearsed: int
    traded: int
    rewards: RewardModel = PRIOR_REWARDS

    def applied_to(self, recipe: Recipe) -> Recipe:
        """Its exposures, and sizes by what a position is expected to pay."""
        sizing = replace(recipe.sizing, rewards=self.rewards)
        agents = under_head(recipe.agents, self.head)
        return replace(recipe, policy=self.head, agents=agents, sizing=sizing)


def under_head(agents: Iterable[Agent], head: PolicyHead) -> tuple[Agent, ...]:
    """The agents, those that trade the policy with the exposures of this head."""
    return tuple(
        replace(agent, strategy=shelf.under_head(agent.strategy, head)) for agent in agents
    )


def reward_of(trade: TradeClosed | TradeRow) -> Reward:
    stake = float(trade.quantity * trade.entry_price)
    return Reward(trade.at_us, trade.regime, float(trade.gross - trade.fees) / stake)


def calibrate_exposures(
    *, rehearsed: Sequence[Reward], traded: Sequence[Reward], now_us: int
) -> Calibration:
    """A head whose exposures follow the evidence of each regime, rehearsed and real."""
    evidence = _weigh((*rehearsed, *traded), now_us)
    return Calibration(
        head=_head_of(evidence),
        evidence=evidence,
        head_without_feedback=_head_of(_weigh(rehearsed, now_us)),
        rehearsed=len(rehearsed),
        traded=len(traded),
    )


def _weigh(rewards: Sequence[Reward], now_us: int) -> tuple[RegimeEvidence, ...]:
    return tuple(
        _evidence(regime, [r for r in rewards if r.regime == regime], now_us)
        for regime in PRIOR_EXPOSURE
    )


def _head_of(evidence: Sequence[RegimeEvidence]) -> PolicyHead:
    return PolicyHead({e.regime: e.exposure for e in evidence})


def _evidence(regime: str, rewards: Sequence[Reward], now_us: int) -> RegimeEvidence:
    weights = [0.5 ** ((now_us - r.at_us) / HALF_LIFE_US) for r in rewards]
    total = sum(weights)
    mean = sum(w * r.net_return for w, r in zip(weights, rewards, strict=True))
    mean = mean / total if total else 0.0
    t_statistic = _t_statistic(rewards, weights, mean)
    share = min(max(NEUTRAL_SHARE + SHARE_PER_T * t_statistic, LEAST_SHARE), MOST_SHARE)
    return RegimeEvidence(
        regime=regime,
        rewards=len(rewards),
        mean_return=mean,
        t_statistic=t_statistic,
        exposure=PRIOR_EXPOSURE[regime] * share,
    )


def _t_statistic(rewards: Sequence[Reward], weights: Sequence[float], mean: float) -> float:
    """With the effective count (Σw)²/Σw² (Kish 1965); 0 without two rewards that still weigh."""
    total = sum(weights)
    if len(rewards) < LEAST_REWARDS or total == 0.0:
        return 0.0
    shares = [weight / total for weight in weights]
    spread = sum(s * (r.net_return - mean) ** 2 for s, r in zip(shares, rewards, strict=True))
    deviation = max(sqrt(spread), RETURN_SPREAD_FLOOR)
    effective = 1.0 / sum(share * share for share in shares)
    shrinkage = effective / (effective + SHRINKAGE_COUNT)
    return shrinkage * mean / deviation * sqrt(effective)
