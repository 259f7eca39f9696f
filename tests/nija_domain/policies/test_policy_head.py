"""The head turns probabilities into that of four exposures which is nearest to the expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.policies.head import EXPOSURES, PolicyHead, wish_exposure

SHARES = st.floats(0.0, 1.0)


@given(weights=st.tuples(*[st.floats(0.001, 1.0)] * 3), exposures=st.tuples(*[SHARES] * 3))
def test_the_wish_is_the_action_nearest_to_the_expectation(
    weights: tuple[float, float, float], exposures: tuple[float, float, float]
) -> None:
    """Checked against the expectation, summed by hand; no other action is nearer."""
    names = ("Bull", "Bear", "Chop")
    probs = {name: w / sum(weights) for name, w in zip(names, weights, strict=True)}
    head = PolicyHead(dict(zip(names, exposures, strict=True)))
    wish = wish_exposure(head, probs)
    expected = sum(probs[name] * head.exposure_by_regime[name] for name in names)

    assert wish in EXPOSURES
    assert all(abs(wish - expected) <= abs(action - expected) + 1e-12 for action in EXPOSURES)


def test_of_two_actions_equally_near_the_smaller_is_taken() -> None:
    """In doubt, less."""
    assert wish_exposure(PolicyHead({"Bull": 0.75}), {"Bull": 1.0}) == 0.5


def test_a_certain_regime_gives_its_own_exposure() -> None:
    """A sum that misses the action by a rounding still is that action."""
    head = PolicyHead({"Bull": 0.5})

    assert wish_exposure(head, {"Bull": 1.0 - 1e-15, "Bear": 1e-15}) == 0.5


def test_a_regime_that_the_head_does_not_know_deserves_nothing() -> None:
    """An unknown name adds no exposure."""
    assert wish_exposure(PolicyHead({"Bull": 1.0}), {"Crash": 1.0}) == 0.0


@pytest.mark.parametrize("exposure", [-0.1, 1.1, float("nan")])
def test_an_exposure_out_of_range_is_named(exposure: float) -> None:
    """No head asks for more than all, or less than nothing."""
    with pytest.raises(ValueError, match="Bull"):
        PolicyHead({"Bull": exposure})
