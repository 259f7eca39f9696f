"""A retrain keeps the champion's names, and says how many bars changed theirs."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.regimes.fitting.matching import (
    CHURN_ALARM,
    match_states,
    measure_churn,
    reorder_states,
)
from nija_domain.regimes.history.filtered import filter_history
from nija_domain.regimes.model import RegimeModel, check_model
from tests.fakes.regime_worlds import KNOWN_MODEL, draw_world


def _shifted(model: RegimeModel, by: float, *, seed: int) -> RegimeModel:
    noise = np.random.default_rng(seed).normal(size=(3, 3)) * by
    means = tuple(map(tuple, (np.array(model.means) + noise).tolist()))
    return msgspec.structs.replace(model, means=means)


@given(order=st.permutations(range(3)), seed=st.integers(0, 99))
def test_shuffled_states_get_their_names_back(order: list[int], seed: int) -> None:
    """Whatever their order, and somewhat moved: each state is its nearest namesake's."""
    moved = _shifted(KNOWN_MODEL, 0.05, seed=seed)
    matched = match_states(reorder_states(moved, order, names=("a", "b", "c")), KNOWN_MODEL)

    assert matched.model == moved
    assert max(matched.distances) < 0.15


def test_another_scaler_does_not_hide_a_state() -> None:
    """States are compared in the units of the features, not in those of each model."""
    rescaled = msgspec.structs.replace(
        KNOWN_MODEL,
        scale=tuple(2.0 * s for s in KNOWN_MODEL.scale),
        means=tuple(tuple(m / 2.0 for m in row) for row in KNOWN_MODEL.means),
        variances=tuple(tuple(v / 4.0 for v in row) for row in KNOWN_MODEL.variances),
    )
    matched = match_states(reorder_states(rescaled, (2, 0, 1)), KNOWN_MODEL)

    assert matched.model == rescaled
    assert matched.distances == pytest.approx((0.0, 0.0, 0.0), abs=1e-7)


def test_models_without_a_common_feature_keep_their_names() -> None:
    """Nothing can be said of them."""
    other = msgspec.structs.replace(KNOWN_MODEL, feature_names=("x", "y", "z"))

    assert match_states(other, KNOWN_MODEL).model is other


def test_a_reordered_model_is_the_same_model() -> None:
    """Its filter gives the same probabilities in the new places."""
    table, _ = draw_world(KNOWN_MODEL, bars=200, seed=1)
    turned = reorder_states(KNOWN_MODEL, (1, 2, 0))
    check_model(turned)

    np.testing.assert_allclose(
        filter_history(turned, table), filter_history(KNOWN_MODEL, table)[:, [1, 2, 0]], atol=1e-14
    )


def test_churn_is_the_share_of_renamed_bars() -> None:
    """None for the same model; a swap of two names renames what they held, and is an alarm."""
    table, states = draw_world(KNOWN_MODEL, bars=2_000, seed=2)
    ours = filter_history(KNOWN_MODEL, table)
    swapped = filter_history(reorder_states(KNOWN_MODEL, (1, 0, 2)), table)

    assert measure_churn([ours], [ours]) == 0.0
    assert measure_churn([ours], [swapped]) == pytest.approx((states < 2).mean(), abs=0.05)
    assert measure_churn([ours], [swapped]) > CHURN_ALARM
    assert measure_churn([], []) == 0.0
