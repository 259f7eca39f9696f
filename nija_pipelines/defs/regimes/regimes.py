"""Regimes of symbols and of the market, fitted on the first slice of history and tested."""

import dagster as dg
import numpy as np

from nija_domain.errors import ReleaseUnreadable
from nija_domain.evaluation.slices import slice_histories
from nija_domain.regimes.fitting.training_verdict import (
    RegimeVerdict,
    TrainedHierarchy,
    TrainedRegimes,
)
from nija_domain.regimes.model import RegimeModel
from nija_domain.regimes.naming import RETURN_FEATURE
from nija_domain.releases.content import ReleaseContent
from nija_pipelines.passing.types import RegimePictures, Snapshot
from nija_pipelines.resources import Channel, Installation, LakeFolder, Pictures


@dg.asset(group_name="regimes", kinds={"hmmlearn"}, deps=["features"])
def regime_training(
    context: dg.AssetExecutionContext,
    lake_snapshot: Snapshot,
    installation: Installation,
    lake: LakeFolder,
    channel: Channel,
) -> TrainedRegimes:
    """Choose features, fit the regime model and measure it; equal input gives an equal model."""
    from nija_domain.evaluation.regime_study import fit_regimes

    settings = installation.settings()
    content = _readable_champion(context, channel, settings.channel)
    found = fit_regimes(
        lake.read_histories(settings, lake_snapshot.snapshot_id),
        content.regimes if content else None,
        plan=settings.fit_plan(),
        drift=settings.drift_rules(),
        rng=np.random.default_rng(settings.seed),
    )
    context.add_output_metadata(
        {
            "features": list(found.model.feature_names),
            "bars": found.model.bars_fitted,
            "snapshot": lake_snapshot.snapshot_id,
            **found.told,
            **found.metrics,
        }
    )
    return found


def _readable_champion(
    context: dg.AssetExecutionContext, channel: Channel, name: str
) -> ReleaseContent | None:
    """One of another version is no champion to go on from: a new one must still be trained."""
    try:
        return channel.champion_content(name)
    except ReleaseUnreadable as error:
        context.log.warning("trained without a champion to go on from: %s", error)
        return None


@dg.asset_check(asset=regime_training)
def regimes_earn_their_place(regime_training: TrainedRegimes) -> dg.AssetCheckResult:
    """Warns if the regimes predict no better than one state, or if their names have moved."""
    return _worth_of(regime_training.verdict, regime_training.metrics)


def _worth_of(verdict: RegimeVerdict | None, metrics: dict[str, float]) -> dg.AssetCheckResult:
    if verdict is None:
        why = "the history is too short to compare the models"
        return dg.AssetCheckResult(passed=True, metadata={"why": why})
    return dg.AssetCheckResult(
        passed=verdict.over_one_state.is_proven and not verdict.is_renaming,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=dict(metrics),
    )


@dg.asset(group_name="regimes")
def regime_model(regime_training: TrainedRegimes) -> RegimeModel:
    """The regime model that the next steps use."""
    return regime_training.model


@dg.asset(group_name="regimes", kinds={"hmmlearn"})
def macro_regimes(
    context: dg.AssetExecutionContext,
    lake_snapshot: Snapshot,
    regime_model: RegimeModel,
    installation: Installation,
    lake: LakeFolder,
    channel: Channel,
) -> TrainedHierarchy:
    """The states of the whole market, and a model of the symbols within each state."""
    from nija_domain.evaluation.regime_study import fit_market

    settings = installation.settings()
    content = _readable_champion(context, channel, settings.channel)
    found = fit_market(
        lake.read_histories(settings, lake_snapshot.snapshot_id),
        regime_model,
        content.hierarchy if content else None,
        plan=settings.fit_plan(),
        rng=np.random.default_rng(settings.seed),
    )
    context.add_output_metadata({**found.told, **found.metrics})
    return found


@dg.asset_check(asset=macro_regimes)
def macro_regimes_earn_their_place(macro_regimes: TrainedHierarchy) -> dg.AssetCheckResult:
    """A market whose states foresee no better than one is told of; so is one with none at all."""
    if macro_regimes.model is None:
        return dg.AssetCheckResult(
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"why": macro_regimes.why_none},
        )
    return _worth_of(macro_regimes.verdict, macro_regimes.metrics)


@dg.asset(group_name="regimes", kinds={"matplotlib"})
def regime_pictures(
    context: dg.AssetExecutionContext,
    lake_snapshot: Snapshot,
    regime_model: RegimeModel,
    installation: Installation,
    lake: LakeFolder,
    pictures: Pictures,
) -> RegimePictures:
    """Ribbon, transitions, emissions and calibration, on bars that the fit has not seen."""
    from nija_domain.features.history.feature_rows import compute_features
    from nija_domain.regimes.history.filtered import filter_history
    from nija_domain.regimes.history.foresight import place_bars

    histories = lake.read_histories(installation.settings(), lake_snapshot.snapshot_id)
    unseen = slice_histories(histories).calibrate
    tables = [compute_features(history) for history in unseen.values()]
    column = regime_model.feature_names.index(RETURN_FEATURE)
    files = pictures.draw_regimes(
        regime_model,
        next(iter(unseen.values())),
        filtered=filter_history(regime_model, tables[0]),
        places=np.concatenate([place_bars(regime_model, table)[:, column] for table in tables]),
    )
    page_url = installation.settings().page_url
    context.add_output_metadata(dict(pictures.keep(files, page_url=page_url)))
    return RegimePictures(files)
