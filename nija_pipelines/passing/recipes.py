"""A recipe as the settings of this installation say."""

from msgspec.structs import replace

from nija_domain.capital.presets import PRESETS
from nija_domain.learning.calibration import PRIOR_HEAD
from nija_domain.learning.reward_model import PRIOR_REWARDS
from nija_domain.regimes.fitting.training_verdict import TrainedHierarchy
from nija_domain.regimes.model import RegimeModel
from nija_domain.releases.recipe import Recipe
from nija_domain.strategies.rules.trend import RULE as TREND
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
        strategy=choose_preset(TREND.name, settings.strategy_preset),
        envelope=installation.limits(),
        sizing=replace(PRESETS[settings.capital_preset].sizing, rewards=PRIOR_REWARDS),
    )


def under_settings(recipe: Recipe, installation: Installation) -> Recipe:
    """What was learned, under what is set now: another recipe where a person has changed that."""
    settings = installation.settings()
    return replace(
        recipe,
        timeframe_us=settings.timeframe_us,
        strategy=choose_preset(TREND.name, settings.strategy_preset),
        envelope=installation.limits(),
        sizing=replace(PRESETS[settings.capital_preset].sizing, rewards=recipe.sizing.rewards),
    )
