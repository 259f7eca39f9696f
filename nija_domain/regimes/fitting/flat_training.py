"""One training of regimes: which features, which model, and whether it replaces the champion's."""

from collections.abc import Sequence

import numpy as np

from nija_domain.errors import HistoryTooShort
from nija_domain.features.table import FeatureTable
from nija_domain.regimes.fitting.flat import fit_model
from nija_domain.regimes.fitting.inputs import choose_features, judge_challenger
from nija_domain.regimes.fitting.matching import match_states
from nija_domain.regimes.fitting.plan import FitPlan
from nija_domain.regimes.fitting.starts import describe_start
from nija_domain.regimes.fitting.training_verdict import TrainedRegimes
from nija_domain.regimes.model import RegimeModel


def train_regimes(
    tables: Sequence[FeatureTable],
    champion: RegimeModel | None,
    *,
    is_drifting: bool = False,
    candidates: Sequence[str],
    plan: FitPlan,
    rng: np.random.Generator,
) -> TrainedRegimes:
    """A new model with the champion's state names; the champion's own unless it is better.

    Better means: it predicts significantly better on bars that neither was fitted on. So regimes
    change when the market does, and not with each night's data. A drifting champion is not kept, or
    the next training would be asked for at once.
    """
    is_readable = champion is not None and set(champion.feature_names) <= set(tables[0].names)
    known = champion if is_readable else None
    choice = choose_features(tables, candidates=candidates, plan=plan, rng=rng)
    model = fit_model(tables, choice.spec_with(champion), plan=plan)
    if known is not None:
        model = match_states(model, known).model
    try:
        verdict = judge_challenger(tables, model, known, plan=plan, rng=rng)
    except HistoryTooShort:
        verdict = None
    is_kept = verdict is not None and not is_drifting and not verdict.is_challenger
    kept = known if is_kept else None
    return TrainedRegimes(
        model=kept or model,
        choice=choice,
        verdict=verdict,
        is_champions=kept is not None,
        warm_start=describe_start(model, champion),
    )
