"""A recipe as the settings of this installation say."""

from msgspec.structs import replace

from nija_domain.capital.presets import PRESETS
from nija_domain.learning.calibration import PRIOR_HEAD, under_head
from nija_domain.learning.reward_model import PRIOR_REWARDS
from nija_domain.regimes.fitting.training_verdict import TrainedHierarchy
from nija_domain.regimes.model import RegimeModel
from nija_domain.releases.recipe import Recipe
from nija_domain.strategies.agents import shipped_agents
from nija_domain.strategies.shelf import choose_preset
from nija_pipelines.resources import Installation


def draft_recipe(installation: Installation, model: RegimeModel, macro: TrainedHierarchy) -> Recipe:
    """Before anything is calibrated: what is expected of each regime stands in for it."""
    settings = installation.settings()
    return Recipe(
        timeframe_us=settings.timeframe_us,
        regimes=model,
        hierarchy=macro.model,
        policy=PRIOR_HEAD,
        agents=shipped_agents(settings.strategy_preset),
        envelope=installation.limits(),
        sizing=replace(PRESETS[settings.capital_preset].sizing, rewards=PRIOR_REWARDS),
    )


def under_settings(recipe: Recipe, installation: Installation) -> Recipe:
    """What was learned, under what is set now: another recipe where a person has changed that."""
    settings = installation.settings()
    preset = settings.strategy_preset
    return replace(
        recipe,
        timeframe_us=settings.timeframe_us,
        agents=under_head(
            tuple(
                replace(agent, strategy=choose_preset(agent.strategy.name, preset))
                for agent in recipe.agents
            ),
            recipe.policy,
        ),
        envelope=installation.limits(),
        sizing=replace(PRESETS[settings.capital_preset].sizing, rewards=recipe.sizing.rewards),
    )
