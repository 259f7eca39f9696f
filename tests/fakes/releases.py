"""A real signed release over the simulated venue's own world, made without the pipelines."""

from pathlib import Path

import numpy as np

from nija_adapters.release_store.keys import load_or_create_signing_key
from nija_adapters.release_store.signatures import sign
from nija_adapters.release_store.store import ReleaseStore
from nija_domain.capital.limits import HardLimits
from nija_domain.features.history.feature_rows import compute_features, compute_market
from nija_domain.features.table import FeatureTable
from nija_domain.learning.calibration import PRIOR_HEAD
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.fitting.flat import fit_regimes
from nija_domain.regimes.fitting.hierarchical import expect_bars, fit_hierarchy, fit_macro
from nija_domain.regimes.fitting.plan import FitPlan, ModelSpec
from nija_domain.regimes.hierarchy import HierarchicalModel
from nija_domain.regimes.model import RegimeModel
from nija_domain.releases.content import ReleaseContent
from nija_domain.releases.draft import Origin, draft_bundle
from nija_domain.releases.history.cuts import content_at
from nija_domain.releases.recipe import Recipe
from nija_domain.strategies.agents import agent_alone
from nija_domain.strategies.shelf import choose_preset
from nija_domain.worlds.regime_switching import generate_world
from simulator.settings import SimulatorSettings


def venue_histories(settings: SimulatorSettings) -> dict[str, CandleHistory]:
    """What the venue's clients could have read before it opened."""
    world = generate_world(
        settings.symbols, settings=settings.world, rng=np.random.default_rng(settings.seed)
    )
    return {symbol: candles.cut(settings.history_bars) for symbol, candles in world.candles.items()}


def train_content(settings: SimulatorSettings) -> ReleaseContent:
    histories = venue_histories(settings)
    tables = [compute_features(history) for history in histories.values()]
    regimes = fit_regimes(tables, restarts=1, seed=3, iterations=25)
    recipe = Recipe(
        timeframe_us=settings.world.timeframe_us,
        regimes=regimes,
        hierarchy=_train_hierarchy(tables, regimes),
        agents=agent_alone(choose_preset("trend", "aggressive")),
        envelope=HardLimits(),
        policy=PRIOR_HEAD,
    )
    return content_at(recipe, histories)


def _train_hierarchy(tables: list[FeatureTable], regimes: RegimeModel) -> HierarchicalModel:
    plan, market = FitPlan(restarts=2, iterations=25), compute_market(tables).as_features()
    macro = fit_macro(market, spec=ModelSpec(("mean_return",)), plan=plan)
    expected = expect_bars(macro, market)
    return fit_hierarchy(market, tables, macro=macro, expected=expected, pooled=regimes, plan=plan)


def publish(
    home: Path, content: ReleaseContent, *, sequence: int, training_run_id: str = "none"
) -> str:
    """Signs and stores the content as a release of this home; promotes nothing."""
    key = load_or_create_signing_key(home / "keys")
    origin = Origin(
        sequence=sequence,
        created_us=max(cut.ts_us for cut in content.cuts),
        parents=(),
        data_snapshot=1,
        code_version="0.0.0",
        code_commit="unknown",
        training_run_id=training_run_id,
        key_id=key.key_id,
    )
    manifest, bundle = draft_bundle(content, origin)
    ReleaseStore(home / "releases").publish(sign(bundle, signing_key=key))
    return manifest.release_id


def promote(home: Path, release_id: str) -> None:
    ReleaseStore(home / "releases").point("champion", release_id)
