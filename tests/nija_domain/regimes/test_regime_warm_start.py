"""A fit may begin where the champion ended, unless that has seen what the fit must not know."""

import msgspec
import numpy as np
import pytest

from nija_domain.features.table import FeatureTable
from nija_domain.regimes.fitting.chains import fit_chains
from nija_domain.regimes.fitting.flat import climb_of, fit_model, gaussian_hmm
from nija_domain.regimes.fitting.flat_training import train_regimes
from nija_domain.regimes.fitting.gains import folds_over, rows_before
from nija_domain.regimes.fitting.inputs import foresee_folds
from nija_domain.regimes.fitting.plan import FitPlan, Way
from nija_domain.regimes.fitting.sample import draw_sample
from nija_domain.regimes.fitting.starts import draw_starts, tell_start, warm_start, why_cold
from nija_domain.regimes.history.covariance import covariance_matrices
from nija_domain.regimes.model import RegimeModel
from tests.fakes.regime_worlds import (
    HINTED_MODEL,
    KNOWN_MODEL,
    LEANING_MODEL,
    NAMES,
    correlated,
    draw_world,
)

ONE_START = FitPlan(restarts=1, iterations=4, folds=2)
"""Too few steps for a cold start to arrive: where the champion was let in shows at once."""


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    return draw_world(LEANING_MODEL, bars=3_000, seed=11)[0]


def _seen(model: RegimeModel, until_us: int | None) -> RegimeModel:
    return msgspec.structs.replace(model, seen_until_us=until_us)


@pytest.mark.parametrize("model", [HINTED_MODEL, correlated(HINTED_MODEL, (0.6, -0.6, 0.0))])
def test_the_truth_is_nearer_than_any_cold_start(model: RegimeModel) -> None:
    """Fewer steps to the end, and a likelihood that no cold start passes."""
    world, _ = draw_world(model, bars=3_000, seed=7)
    sample = draw_sample([world], feature_names=model.feature_names)
    climb = climb_of(len(sample.rows), iterations=200, covariance=model.covariance)
    warm = warm_start(model, sample, covariance=model.covariance)
    cold = draw_starts(sample, states=3, seeds=range(6))
    ours = fit_chains(sample.batch(chains=1), warm, climb)
    theirs = fit_chains(sample.batch(chains=6), cold, climb)
    steps = [len(history) for history in theirs.histories]

    assert ours.endings == ["converged"]
    assert len(ours.histories[0]) < min(steps)
    assert ours.histories[0][-1] >= max(history[-1] for history in theirs.histories) - climb.tol


@pytest.mark.parametrize("model", [KNOWN_MODEL, LEANING_MODEL])
def test_another_scaler_counts_the_same_parameters(model: RegimeModel, table: FeatureTable) -> None:
    """Every bar is as likely under the start as under the champion, but for the change of units."""
    wide = msgspec.structs.replace(model, outlier_limit=1e9)
    few = msgspec.structs.replace(table, values=table.values[:200])
    sample = draw_sample([few], feature_names=NAMES)
    start = warm_start(wide, sample, covariance=model.covariance).take(0)
    rows = (few.values - sample.center) / sample.scale
    theirs = (few.values - np.array(model.center)) / np.array(model.scale)
    again = gaussian_hmm(model)
    again.means_ = start.means
    again.covars_ = (
        start.covariances
        if model.whitening
        else np.diagonal(start.covariances, axis1=1, axis2=2).copy()
    )
    units = len(rows) * np.log(sample.scale / np.array(model.scale)).sum()

    assert again.score(rows) == pytest.approx(gaussian_hmm(model).score(theirs) + units, rel=1e-9)


def test_a_champion_of_the_other_covariance_warms_too(table: FeatureTable) -> None:
    """A diagonal fit takes the variances alone, a full one starts with nothing beside them."""
    sample = draw_sample([table], feature_names=NAMES)
    apart = warm_start(LEANING_MODEL, sample, covariance="diag").take(0).covariances
    scale = np.array(LEANING_MODEL.scale) / sample.scale
    variances = np.array(LEANING_MODEL.variances) * scale**2

    np.testing.assert_allclose(apart, variances[:, None] * np.eye(3), rtol=1e-12)
    together = warm_start(KNOWN_MODEL, sample, covariance="full").take(0).covariances
    expected = covariance_matrices(KNOWN_MODEL) * np.outer(scale, scale)
    np.testing.assert_allclose(together, expected, rtol=1e-12)


def test_the_winner_says_whether_it_was_warm(table: FeatureTable) -> None:
    """Beside one cold start of few steps the truth wins; a champion whose states are one loses."""
    stop_us = int(table.ts_us[-1])
    near = _seen(LEANING_MODEL, stop_us)
    alike = {name: (getattr(near, name)[0],) * 3 for name in ("means", "variances", "whitening")}
    far = msgspec.structs.replace(near, **alike)
    way = Way(NAMES, "full")
    plan = FitPlan(restarts=3, iterations=60)
    cold = fit_model([table], way, plan=plan)
    won = fit_model([table], msgspec.structs.replace(way, champion=near), plan=ONE_START)
    lost = fit_model([table], msgspec.structs.replace(way, champion=far), plan=plan)

    assert won.warm_started
    assert tell_start(won, near) == "won"
    assert lost == cold
    assert tell_start(lost, far) == "lost to a cold start"
    assert won.seen_until_us == cold.seen_until_us == stop_us


def test_every_refusal_of_a_champion_says_why() -> None:
    """None, other inputs, other states, of unknown sight, or of later bars; else it may."""
    known = _seen(KNOWN_MODEL, 100)
    renamed = msgspec.structs.replace(known, feature_names=("a", "b", "c"))
    for champion, states, word in (
        (None, 3, "there is no champion"),
        (renamed, 3, "reads a, b, c"),
        (known, 2, "has 3 states"),
        (_seen(known, None), 3, "does not tell"),
        (_seen(known, 101), 3, "later bars"),
        (known, 3, ""),
    ):
        why = why_cold(champion, feature_names=NAMES, states=states, seen_until_us=100)

        assert word in why
        assert bool(why) == bool(word)


def _foresee(table: FeatureTable, champion: RegimeModel | None) -> list[bytes]:
    folds = folds_over([table], folds=2, purge_bars=10)
    way = Way(NAMES, "full", champion)
    return [c.tobytes() for c in foresee_folds([table], folds, way=way, plan=ONE_START)]


def test_a_champion_warms_only_folds_that_hold_out_what_it_has_not_seen(
    table: FeatureTable,
) -> None:
    """Fitted up to the second fold, it changes the second and leaves the first to the bit."""
    first, second = folds_over([table], folds=2, purge_bars=10)
    between = fit_model(
        [rows_before(table, second.fit_stop_us)], Way(NAMES, "full"), plan=FitPlan(restarts=3)
    )
    cold, warmed = _foresee(table, None), _foresee(table, between)

    assert first.test_start_us < (between.seen_until_us or 0) < second.fit_stop_us
    assert warmed[0] == cold[0]
    assert warmed[1] != cold[1]


def test_a_champion_that_has_seen_everything_warms_no_fold(table: FeatureTable) -> None:
    """Nor one that reaches a single bar too far; the final fit it may warm."""
    clairvoyant = fit_model([table], Way(NAMES, "full"), plan=FitPlan(restarts=3))
    _, second = folds_over([table], folds=2, purge_bars=10)
    final = fit_model([table], Way(NAMES, "full", clairvoyant), plan=ONE_START)

    assert _foresee(table, clairvoyant) == _foresee(table, None)
    assert _foresee(table, _seen(clairvoyant, second.fit_stop_us)) == _foresee(table, None)
    assert final.warm_started


def test_a_leak_would_be_seen(table: FeatureTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the guard the same champion moves both folds: the comparisons above can fail."""
    clairvoyant = fit_model([table], Way(NAMES, "full"), plan=FitPlan(restarts=3))
    cold = _foresee(table, None)
    monkeypatch.setattr("nija_domain.regimes.fitting.flat.why_cold", lambda *_, **__: "")
    leaked = _foresee(table, clairvoyant)

    assert leaked[0] != cold[0]
    assert leaked[1] != cold[1]


def test_a_training_tells_of_its_start(table: FeatureTable) -> None:
    """No champion at first; then its parameters among the starts, and what became of them."""
    early = rows_before(table, int(table.ts_us[2_000]))
    plan, rng = FitPlan(restarts=2, iterations=60, folds=2), np.random.default_rng(0)
    first = train_regimes([early], None, candidates=(), plan=plan, rng=rng)
    again = train_regimes([table], first.model, candidates=(), plan=plan, rng=rng)
    later = _seen(first.model, int(table.ts_us[-1]))
    never = train_regimes([early], later, candidates=(), plan=plan, rng=rng)

    assert first.told["regime_warm_start"] == "none, there is no champion"
    assert again.warm_start in {"won", "lost to a cold start"}
    assert never.warm_start == "none, the champion was trained on later bars"
