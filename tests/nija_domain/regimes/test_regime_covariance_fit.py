"""Which covariance a training takes is judged, and what it takes is fitted as hmmlearn would."""

import msgspec
import numpy as np
import pytest

from nija_domain.features.table import FeatureTable
from nija_domain.regimes.fitting.flat import fit_model, gaussian_hmm
from nija_domain.regimes.fitting.hierarchical import expect_bars, fit_hierarchy, fit_macro
from nija_domain.regimes.fitting.inputs import choose_features, judge_challenger
from nija_domain.regimes.fitting.plan import FitPlan, ModelSpec
from nija_domain.regimes.fitting.training_verdict import TrainedRegimes
from nija_domain.regimes.hierarchy import (
    check_hierarchy,
    initial_macro,
    initial_micro,
    step_macro,
    step_micro,
)
from nija_domain.regimes.history.covariance import covariance_matrices
from nija_domain.regimes.history.filtered import filter_history, standardise
from nija_domain.regimes.model import RegimeModel, check_model
from tests.fakes.regime_worlds import HINTED_MODEL, LEANING_MODEL, NAMES, correlated, draw_world

PLAN = FitPlan(restarts=3, iterations=80, folds=2)


@pytest.fixture(scope="module")
def tables() -> list[FeatureTable]:
    return [draw_world(LEANING_MODEL, bars=1_500, seed=s, warm_up_bars=48)[0] for s in (1, 2)]


@pytest.fixture(scope="module")
def fitted(tables: list[FeatureTable]) -> RegimeModel:
    return fit_model(tables, ModelSpec(NAMES, "full"), plan=PLAN)


def test_a_full_fit_is_hmmlearns_and_survives_json(
    tables: list[FeatureTable], fitted: RegimeModel
) -> None:
    """It scores in hmmlearn as it was recorded, above the diagonal fit to the same bars."""
    model = msgspec.json.decode(msgspec.json.encode(fitted), type=RegimeModel)
    kept = [table.values[48:] for table in tables]
    rows = standardise(model, np.concatenate(kept))
    score = gaussian_hmm(model).score(rows, [len(part) for part in kept])
    diagonal = fit_model(tables, ModelSpec(NAMES), plan=PLAN)
    check_model(model)

    assert model == fitted
    assert model.covariance == "full"
    assert model.log_likelihood_per_bar == pytest.approx(score / len(rows), rel=1e-12)
    assert model.log_likelihood_per_bar > diagonal.log_likelihood_per_bar + 0.1


def test_the_leaning_of_a_known_world_is_recovered(fitted: RegimeModel) -> None:
    """State by state, in the place of its name."""
    covariances = covariance_matrices(fitted)
    deviations = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    shares = covariances / deviations[:, :, None] / deviations[:, None, :]
    off_diagonal = shares[:, ~np.eye(3, dtype=bool)]

    np.testing.assert_allclose(off_diagonal.mean(axis=1), (0.7, -0.4, 0.3), atol=0.1)


def test_equal_features_are_bounded_in_every_direction() -> None:
    """Two columns of the same numbers collapse no fit: no density is without bound."""
    table, _ = draw_world(LEANING_MODEL, bars=1_500, seed=3)
    table.values[:, 1] = table.values[:, 0]
    model = fit_model([table], ModelSpec(NAMES, "full"), plan=PLAN)
    check_model(model)

    assert np.linalg.eigvalsh(covariance_matrices(model)).min() > 0.9e-3
    assert np.isfinite(filter_history(model, table)).all()


def _choose(correlations: tuple[float, float, float], *, seed: int):  # noqa: ANN202
    table, _ = draw_world(correlated(HINTED_MODEL, correlations), bars=5_000, seed=seed)
    return table, choose_features(
        [table], candidates=("hint",), plan=PLAN, rng=np.random.default_rng(0)
    )


@pytest.mark.parametrize("correlations", [(0.8, -0.8, 0.0), (0.6, -0.6, 0.0)])
@pytest.mark.parametrize("seed", [1, 2])
def test_full_is_chosen_where_features_lean_on_each_other(
    correlations: tuple[float, float, float], seed: int
) -> None:
    """By nats of the return on held-out bars; what is trained and judged is that."""
    table, choice = _choose(correlations, seed=seed)
    model = fit_model([table], choice.spec_with(None), plan=PLAN)
    verdict = judge_challenger([table], model, None, plan=PLAN, rng=np.random.default_rng(0))
    found = TrainedRegimes(model=model, choice=choice, verdict=verdict, is_champions=False)

    assert choice.feature_names == ("log_return", "hint")
    assert choice.covariance == model.covariance == "full"
    assert found.notes["regime_covariance"] == "full"
    assert found.metrics["gain_full_covariance_low"] > 0.005
    assert verdict.over_one_state.is_proven
    assert msgspec.json.decode(msgspec.json.encode(found), type=TrainedRegimes) == found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_diagonal_stays_where_they_do_not(seed: int) -> None:
    """The gain of the other is measured, and told to be none."""
    _, choice = _choose((0.0, 0.0, 0.0), seed=seed)
    assert choice.covariance_gain is not None

    assert choice.feature_names == ("log_return", "hint")
    assert choice.covariance == "diag"
    assert abs(choice.covariance_gain.per_bar) < 0.001


def test_one_input_is_one_model() -> None:
    """Asked for a full covariance of one feature, the diagonal model is fitted, to the bit."""
    table, _ = draw_world(HINTED_MODEL, bars=1_000, seed=5)
    alone = choose_features([table], candidates=(), plan=PLAN, rng=np.random.default_rng(0))
    ways = ModelSpec(("log_return",), "full"), ModelSpec(("log_return",))
    full, diagonal = (fit_model([table], spec, plan=PLAN) for spec in ways)

    assert full == diagonal
    assert full.whitening == ()
    assert alone.covariance == "diag"
    assert alone.covariance_gain is None


def test_the_market_and_its_symbols_lean_too(fitted: RegimeModel) -> None:
    """Macro and micro models carry their covariances, and stream as their history, to the bit."""
    table, _ = draw_world(LEANING_MODEL, bars=2_000, seed=7)
    market = msgspec.structs.replace(table, names=("mean_return", *NAMES[1:]))
    spec = ModelSpec(market.names, "full")
    macro = fit_macro(market, spec=spec, plan=PLAN)
    model = fit_hierarchy(
        market,
        [table],
        macro=macro,
        expected=expect_bars(macro, market),
        pooled=fitted,
        plan=PLAN,
    )
    check_hierarchy(model, pooled=fitted)
    states, filters, believed = initial_macro(model), initial_micro(model), []
    for row in map(tuple, table.values[:300].tolist()):
        states, filters = step_macro(model, states, row), step_micro(model, filters, row)
        believed.append((states.filtered.probabilities, filters["Chaos"].probabilities))
    first = msgspec.structs.replace(table, values=table.values[:300])
    chaos = filter_history(model.micro["Chaos"], first)

    assert model.sparse == ()
    assert {part.covariance for part in (model.macro, *model.micro.values())} == {"full"}
    assert len(set(model.micro.values())) == 3
    assert np.array([micro for _, micro in believed]).tobytes() == chaos.tobytes()
    market_rows = msgspec.structs.replace(market, values=market.values[:300])
    whole = filter_history(model.macro, market_rows)
    assert np.array([macro for macro, _ in believed]).tobytes() == whole.tobytes()
