"""The recipe: all that was learned and set, as one value for back-test and release."""

import dagster as dg
from msgspec.structs import replace

from nija_domain.learning.calibration import Calibration
from nija_domain.regimes.fitting.training_verdict import TrainedHierarchy
from nija_domain.regimes.model import RegimeModel
from nija_domain.releases.recipe import Recipe
from nija_pipelines.passing.recipes import draft_recipe
from nija_pipelines.passing.types import Lineup
from nija_pipelines.resources import Installation


@dg.asset(group_name="policies")
def recipe(
    regime_model: RegimeModel,
    macro_regimes: TrainedHierarchy,
    policy_head: Calibration,
    agents: Lineup,
    installation: Installation,
) -> Recipe:
    """Regimes, policy, agents, sizing and limits together."""
    draft = draft_recipe(installation, regime_model, macro_regimes)
    return replace(policy_head.applied_to(draft), agents=agents.agents)
