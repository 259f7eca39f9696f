"""One regime model over all symbols, fitted on the first slice of history."""

import dagster as dg

from nija_domain.evaluation.slices import slice_histories
from nija_domain.regimes.model import RegimeModel
from nija_pipelines.resources import Installation, LakeFolder
from nija_pipelines.training import Snapshot


@dg.asset(group_name="regimes", kinds={"hmmlearn"}, deps=["features"])
def regime_model(
    lake_snapshot: Snapshot, installation: Installation, lake: LakeFolder
) -> RegimeModel:
    """The likeliest of several seeded fits; equal input gives an equal model."""
    from nija_domain.features.history import compute_features
    from nija_domain.regimes.fit import fit_regimes

    settings = installation.settings()
    histories = lake.read_histories(settings, lake_snapshot.snapshot_id)
    fit_slice = slice_histories(histories).fit
    return fit_regimes(
        [compute_features(history) for history in fit_slice.values()],
        restarts=settings.regime_restarts,
        seed=settings.seed,
        iterations=settings.regime_iterations,
    )
