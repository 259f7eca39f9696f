"""Fitting finds the regimes that are there and names them the same each time."""

import itertools

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from nija_domain.errors import NijaError, ReleaseInvalid
from nija_domain.features.table import FeatureTable
from nija_domain.regimes.fitting.flat import fit_regimes, gaussian_hmm
from nija_domain.regimes.history.filtered import filter_history, standardise
from nija_domain.regimes.model import check_model, feature_columns
from nija_domain.regimes.naming import name_states, rank_states
from tests.fakes.regime_worlds import KNOWN_MODEL, draw_world

FIT = {"restarts": 4, "seed": 5, "iterations": 60}


@pytest.fixture(scope="module")
def tables() -> list[FeatureTable]:
    return [draw_world(KNOWN_MODEL, bars=2_000, seed=seed, warm_up_bars=48)[0] for seed in (1, 2)]


def test_regimes_of_a_known_world_are_recovered(tables: list[FeatureTable]) -> None:
    """The causal filter of the fitted model tells the true states apart on bars never seen."""
    model = fit_regimes(tables, **FIT)
    unseen, states = draw_world(KNOWN_MODEL, bars=3_000, seed=9)
    filtered = filter_history(model, unseen)
    best_possible = adjusted_rand_score(states, filter_history(KNOWN_MODEL, unseen).argmax(axis=1))

    score = adjusted_rand_score(states, filtered.argmax(axis=1))

    assert score > 0.6
    assert score > best_possible - 0.05
    assert model.state_names == ("Bull", "Bear", "Chop")
    assert (filtered.argmax(axis=1) == states).mean() > 0.8


def test_an_equal_sample_gives_an_equal_model(tables: list[FeatureTable]) -> None:
    """A fit can be made again to the bit from its tables and its seed."""
    assert fit_regimes(tables, **FIT) == fit_regimes(tables, **FIT)


def test_the_likelihood_is_hmmlearns(tables: list[FeatureTable]) -> None:
    """The model scores as recorded when it is opened in hmmlearn, and survives JSON whole."""
    model = fit_regimes(tables, **FIT)
    model = msgspec.json.decode(msgspec.json.encode(model), type=type(model))
    kept = [table.values[48:] for table in tables]
    rows = standardise(model, np.concatenate(kept))
    score = gaussian_hmm(model).score(rows, [len(part) for part in kept])

    assert model.bars_fitted == len(rows)
    assert model.converged
    assert model.log_likelihood_per_bar == pytest.approx(score / len(rows), rel=1e-12)


def test_a_dead_regime_is_refused_or_passed_over() -> None:
    """A fit that spends a state on five bars is no model; another restart's fit is taken."""
    values = np.random.default_rng(3).normal(size=(1_000, 3))
    values[500:505] += 40.0
    table = FeatureTable("X/USD", np.arange(1_000), KNOWN_MODEL.feature_names, values, ())

    with pytest.raises(NijaError, match=r"one regime has at most 0\.50% .*fit fewer regimes"):
        fit_regimes([table], states=2, restarts=1, seed=1, iterations=60)
    model = fit_regimes([table], states=2, restarts=6, seed=0, iterations=60)
    assert filter_history(model, table).mean(axis=0).min() > 0.01


def test_a_market_that_stands_still_is_a_regime() -> None:
    """Bars without any movement are told from the others, and no variance is nothing."""
    table, _ = draw_world(KNOWN_MODEL, bars=1_000, seed=4)
    table.values[400:700] = (0.0, 0.001, 0.0)
    model = fit_regimes([table], **FIT)
    still = filter_history(model, table)[410:700].argmax(axis=1)

    assert len(set(still.tolist())) == 1
    assert min(map(min, model.variances)) >= 0.001


def test_a_few_wild_bars_do_not_take_a_regime(tables: list[FeatureTable]) -> None:
    """Bars a thousand deviations out leave the regimes of all the others as they are."""
    calm = fit_regimes(tables, **FIT)
    values = tables[0].values.copy()
    values[500:508, 0] *= 1_000.0
    wild = fit_regimes([msgspec.structs.replace(tables[0], values=values), tables[1]], **FIT)

    np.testing.assert_allclose(wild.means, calm.means, atol=0.1)
    np.testing.assert_allclose(wild.transition, calm.transition, atol=0.02)


def test_too_few_bars_are_refused(tables: list[FeatureTable]) -> None:
    """The error says how many bars are needed."""
    short = msgspec.structs.replace(tables[0], values=tables[0].values[:200])

    with pytest.raises(NijaError, match=r"152 bars .* ingest at least 300"):
        fit_regimes([short], **FIT)


def test_a_frozen_feature_is_refused(tables: list[FeatureTable]) -> None:
    """A feature that never changes is named."""
    values = tables[0].values.copy()
    values[:, 1] = 0.5

    with pytest.raises(NijaError, match="ewma_volatility never changes"):
        fit_regimes([msgspec.structs.replace(tables[0], values=values)], **FIT)


@given(
    means=st.lists(
        st.tuples(st.floats(-2, 2), st.floats(-2, 2)), min_size=2, max_size=5, unique=True
    )
)
def test_ranks_do_not_depend_on_the_order_of_states(means: list[tuple[float, float]]) -> None:
    """However the states come out of a fit, the same state gets the same place."""
    names = ("ewma_volatility", "log_return")
    ranked = [means[state] for state in rank_states(means, feature_names=names)]

    assert sorted(ranked) == sorted(means)
    assert ranked[0][1] == max(mean[1] for mean in means)
    assert ranked[1][1] == min(mean[1] for mean in means)
    for permuted in itertools.islice(itertools.permutations(means), 24):
        order = rank_states(permuted, feature_names=names)
        assert [permuted[state] for state in order] == ranked


def test_names_follow_the_ranks() -> None:
    """Bull rises most, Bear falls most, Chop is the rest."""
    assert name_states(2) == ("Bull", "Bear")
    assert name_states(3) == ("Bull", "Bear", "Chop")
    assert name_states(5) == ("Bull", "Bear", "Chop", "Chop 2", "Chop 3")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state_names", ("Bull", "Bull", "Chop")),
        ("feature_names", ()),
        ("center", (0.0, 0.0)),
        ("scale", (1.0, 0.0, 1.0)),
        ("outlier_limit", 0.0),
        ("start_probs", (0.5, 0.5, 0.1)),
        ("start_probs", (1.5, -0.5, 0.0)),
        ("transition", ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))),
        ("transition", ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.9, 0.0))),
        ("means", ((0.0, 0.0, float("nan")), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))),
        ("variances", ((1.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, 1.0))),
    ],
)
def test_a_broken_model_is_refused_by_its_field(field: str, value: object) -> None:
    """Each field that is not whole is named."""
    check_model(KNOWN_MODEL)

    with pytest.raises(ReleaseInvalid, match=field):
        check_model(msgspec.structs.replace(KNOWN_MODEL, **{field: value}))


def test_a_feature_that_is_not_computed_is_refused() -> None:
    """A model from another version says what it misses."""
    with pytest.raises(ReleaseInvalid, match="holds trend_strength"):
        feature_columns(KNOWN_MODEL, ("log_return", "ewma_volatility"))
