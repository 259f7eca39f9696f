"""Nine pairs, five capital regimes, one expectation."""

import pytest

from nija_domain.capital.capital_regimes import (
    ALLOCATION,
    MACRO_STATES,
    MICRO_STATES,
    capital_regime,
    capital_regime_probs,
)

TABLE = {
    ("Calm", "Bull"): "BULL_TRENDING",
    ("Calm", "Bear"): "BEAR_TRENDING",
    ("Calm", "Chop"): "RANGING",
    ("Trend", "Bull"): "BULL_TRENDING",
    ("Trend", "Bear"): "BEAR_TRENDING",
    ("Trend", "Chop"): "RANGING",
    ("Chaos", "Bull"): "VOLATILE",
    ("Chaos", "Bear"): "CRISIS",
    ("Chaos", "Chop"): "VOLATILE",
}


def test_the_map_is_the_specified_one() -> None:
    """Every pair, and no other."""
    found = {(macro, micro): capital_regime(macro, micro) for macro, micro in TABLE}

    assert found == TABLE
    assert len(TABLE) == len(MACRO_STATES) * len(MICRO_STATES)


def test_what_has_no_name_is_met_as_the_worst() -> None:
    """An unknown market is Chaos, an unknown symbol state is Bear."""
    assert capital_regime("unknown", "unknown") == "CRISIS"


def test_allocations_are_the_specified_ones() -> None:
    """From 1.0 down to 0.1."""
    assert ALLOCATION == {
        "BULL_TRENDING": 1.0,
        "RANGING": 0.6,
        "VOLATILE": 0.4,
        "BEAR_TRENDING": 0.3,
        "CRISIS": 0.1,
    }


def test_probabilities_are_an_expectation_and_no_argmax() -> None:
    """Half Chaos, three quarters Bull: products, and they sum to one."""
    probs = capital_regime_probs({"Calm": 0.5, "Chaos": 0.5}, {"Bull": 0.75, "Bear": 0.25})

    assert probs == pytest.approx(
        {
            "BULL_TRENDING": 0.375,
            "BEAR_TRENDING": 0.125,
            "VOLATILE": 0.375,
            "CRISIS": 0.125,
            "RANGING": 0.0,
        }
    )
