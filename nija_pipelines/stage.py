"""What every rehearsal of one training shares, read from settings and records."""

import hashlib
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from nija_domain.capital.presets import PRESETS
from nija_domain.learning.reward_model import PRIOR_REWARDS
from nija_domain.policies.head import PolicyHead
from nija_domain.policies.rewards import RewardModel
from nija_domain.regimes.fitting.training_verdict import TrainedHierarchy
from nija_domain.regimes.model import RegimeModel
from nija_domain.strategies.arms import Arms
from nija_domain.strategies.trend import choose_preset
from nija_pipelines.passing.types import Listing, Snapshot
from nija_pipelines.resources import Installation

if TYPE_CHECKING:
    from nija_domain.evaluation.rehearsal import Stage


def stage_of(
    installation: Installation,
    listing: Listing,
    model: RegimeModel,
    macro: TrainedHierarchy,
    *,
    arms: Arms | None = None,
    rewards: RewardModel = PRIOR_REWARDS,
) -> "Stage":
    """Sized as the user's capital preset says, on what a position is expected to pay."""
    from nija_domain.evaluation.rehearsal import Stage

    settings = installation.settings()
    return Stage(
        timeframe_us=settings.timeframe_us,
        regimes=model,
        hierarchy=macro.model,
        strategy=choose_preset(settings.preset),
        limits=installation.limits(),
        instruments=listing.by_symbol(),
        starting_cash=settings.backtest_cash,
        arms=arms or Arms(),
        sizing=replace(PRESETS[settings.capital_preset].sizing, rewards=rewards),
    )


def name_subject(stage: "Stage", head: PolicyHead, snapshot: Snapshot) -> str:
    """The same for a back-test and a release of the same models, settings and candles alone.

    Each asset keeps its last record, so that after a training that was cut short the newest policy
    lies beside the back-test of the one before.
    """
    told = (stage, head, snapshot.snapshot_id)
    return hashlib.sha256(msgspec.json.encode(told, order="deterministic")).hexdigest()[:16]
