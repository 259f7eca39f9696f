"""Fits several models to find out which features to keep, by how well each predicts."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, get_args

import msgspec
import numpy as np

from nija_domain.errors import FeatureFrozen, HistoryTooShort
from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.fitting.flat import fit_model
from nija_domain.regimes.fitting.gains import Gain, folds_over, measure_gain, rows_before
from nija_domain.regimes.fitting.matching import measure_churn
from nija_domain.regimes.fitting.plan import FitPlan, ModelSpec
from nija_domain.regimes.fitting.training_verdict import FeatureChoice, RegimeVerdict
from nija_domain.regimes.history.filtered import filter_history
from nija_domain.regimes.history.foresight import foresee_bars
from nija_domain.regimes.model import Covariance, RegimeModel
from nija_domain.regimes.naming import RETURN_FEATURE, return_column
from nija_domain.statistics.folds import Fold

BLOCK_BARS = 50
KNOWN_SHARE_MIN = 0.5
NATS_PER_BAR_MIN = 1e-3
"""What a further input, or a full covariance, must surely add: less is not worth its numbers."""


class _Chosen(NamedTuple):
    """A way of fitting, what each candidate would have added to it, and how well it foresees."""

    spec: ModelSpec
    gains: dict[str, Gain]
    foreseen: list[FloatColumn]


def choose_features(
    tables: Sequence[FeatureTable],
    *,
    candidates: Sequence[str],
    plan: FitPlan,
    rng: np.random.Generator,
    target: str = RETURN_FEATURE,
) -> FeatureChoice:
    """The return, and each candidate that significantly helps to predict the return.

    All are judged on the same target and the same bars, because likelihoods of different numbers of
    features cannot be compared. A history that is too short to judge gets the return alone. A full
    covariance replaces a diagonal one only if it predicts significantly better.
    """
    candidates = [name for name in candidates if _is_mostly_known(tables, name)]
    tables = [_where_all_is_known(table, (target, *candidates)) for table in tables]
    try:
        folds = folds_over(tables, folds=plan.folds, purge_bars=plan.purge_bars)
        alone = foresee_folds(tables, folds, spec=ModelSpec((target,)), plan=plan)
    except HistoryTooShort:
        return FeatureChoice(feature_names=(target,), gains={})
    apart, together = (
        _add_features(
            _Chosen(ModelSpec((target,), covariance), {}, alone),
            candidates,
            foresee=lambda spec: foresee_folds(tables, folds, spec=spec, plan=plan),
            rng=rng,
        )
        for covariance in get_args(Covariance)
    )
    if together.spec.covariance == "diag":
        return _choice_of(apart, None)
    gain = measure_gain(together.foreseen, apart.foreseen, block_bars=BLOCK_BARS, rng=rng)
    return _choice_of(together if gain.low > NATS_PER_BAR_MIN else apart, gain)


def _add_features(
    chosen: _Chosen,
    candidates: Sequence[str],
    *,
    foresee: Callable[[ModelSpec], list[FloatColumn]],
    rng: np.random.Generator,
) -> _Chosen:
    """Each candidate in turn that helps beside those before it."""
    for name in candidates:
        spec = chosen.spec.with_feature(name)
        try:
            foreseen = foresee(spec)
        except (FeatureFrozen, HistoryTooShort):
            continue  # a candidate that never changes, or splits off no state, serves nobody
        gain = measure_gain(foreseen, chosen.foreseen, block_bars=BLOCK_BARS, rng=rng)
        gains = {**chosen.gains, name: gain}
        chosen = chosen._replace(gains=gains)
        if gain.low > NATS_PER_BAR_MIN:
            chosen = _Chosen(spec, gains, foreseen)
    return chosen


def _choice_of(chosen: _Chosen, covariance_gain: Gain | None) -> FeatureChoice:
    return FeatureChoice(
        feature_names=chosen.spec.feature_names,
        gains=chosen.gains,
        covariance=chosen.spec.covariance,
        covariance_gain=covariance_gain,
    )


def foresee_folds(
    tables: Sequence[FeatureTable], folds: Sequence[Fold], *, spec: ModelSpec, plan: FitPlan
) -> list[FloatColumn]:
    """How well returns are predicted after each fold's history: a column per fold and symbol."""
    columns = []
    for fold in folds:
        known = [rows_before(table, fold.fit_stop_us) for table in tables]
        model = fit_model(known, spec, plan=plan)
        columns += [foresee_fold(model, table, fold) for table in tables]
    return columns


def foresee_fold(model: RegimeModel, table: FeatureTable, fold: Fold) -> FloatColumn:
    """The log density of each of the fold's returns, in the return's own units."""
    seen = rows_before(table, fold.test_stop_us)
    values = seen.values[:, [seen.names.index(name) for name in model.feature_names]]
    known_us = seen.ts_us[np.isfinite(values).all(axis=1)]
    column = return_column(model.feature_names)
    target, scale = model.feature_names[column], model.scale[column]
    likelihoods = foresee_bars(model, seen, targets=(target,)) - np.log(scale)
    judged: FloatColumn = likelihoods[known_us >= fold.test_start_us]
    return judged


def judge_challenger(
    tables: Sequence[FeatureTable],
    model: RegimeModel,
    champion: RegimeModel | None,
    *,
    plan: FitPlan,
    rng: np.random.Generator,
) -> RegimeVerdict:
    """Fit the new model's kind on later folds, and take the champion as it is.

    A champion that was trained on bars of the folds looks better than it is, so the comparison is
    stricter. A fold's fit starts from the champion too if that has seen nothing after the fold's
    history.
    """
    folds = folds_over(tables, folds=plan.folds, purge_bars=plan.purge_bars)
    spec = ModelSpec(model.feature_names, model.covariance, champion)
    ours = foresee_folds(tables, folds, spec=spec, plan=plan)
    alone = foresee_folds(
        tables,
        folds,
        spec=ModelSpec((model.feature_names[return_column(model.feature_names)],)),
        plan=msgspec.structs.replace(plan, states=1, restarts=1),
    )
    over_one_state = measure_gain(*_paired(ours, alone), block_bars=BLOCK_BARS, rng=rng)
    if champion is None:
        return RegimeVerdict(over_one_state=over_one_state, over_champion=None, churn=None)
    theirs = [foresee_fold(champion, table, fold) for fold in folds for table in tables]
    return RegimeVerdict(
        over_one_state=over_one_state,
        over_champion=measure_gain(*_paired(ours, theirs), block_bars=BLOCK_BARS, rng=rng),
        churn=measure_churn(
            [filter_history(model, table) for table in tables],
            [filter_history(champion, table) for table in tables],
        ),
    )


def _paired(
    ours: Sequence[FloatColumn], theirs: Sequence[FloatColumn]
) -> tuple[list[FloatColumn], list[FloatColumn]]:
    """The bars that both judged: the last of each stretch, since features only warm up once."""
    lengths = [min(len(a), len(b)) for a, b in zip(ours, theirs, strict=True)]
    return (
        [column[len(column) - length :] for column, length in zip(ours, lengths, strict=True)],
        [column[len(column) - length :] for column, length in zip(theirs, lengths, strict=True)],
    )


def _is_mostly_known(tables: Sequence[FeatureTable], name: str) -> bool:
    """A candidate that is missing on most bars would take these bars from all the others too."""
    known = [np.isfinite(table.values[:, table.names.index(name)]) for table in tables]
    return bool(np.concatenate(known).mean() > KNOWN_SHARE_MIN) if sum(map(len, known)) else False


def _where_all_is_known(table: FeatureTable, names: Sequence[str]) -> FeatureTable:
    columns = [table.names.index(name) for name in names]
    known = np.isfinite(table.values[:, columns]).all(axis=1)
    return msgspec.structs.replace(table, ts_us=table.ts_us[known], values=table.values[known])
