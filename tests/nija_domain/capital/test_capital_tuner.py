"""The tuner leans a little, on evidence, inside its fence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.capital.presets import PRESETS
from nija_domain.capital.sizing import SizingParameters
from nija_domain.capital.tuner import RegimeResults, tune, with_tuning

PRESET = SizingParameters()


def _after(evidence: dict[str, RegimeResults], tuned: dict[str, float]) -> dict[str, float]:
    nudges = tune(evidence, preset=PRESET, tuned=tuned)
    return tuned | {nudge.parameter: nudge.after for nudge in nudges}


def test_under_twenty_trades_nothing_moves() -> None:
    """Whatever they paid."""
    assert tune({"CRISIS": RegimeResults(9.0, 19)}, preset=PRESET, tuned={}) == ()


def test_a_paying_regime_is_given_more_and_a_losing_one_less() -> None:
    """Toward the prior × (1 ± 0.5 × n / (n + 50)), by a tenth a day at most."""
    evidence = {"BULL_TRENDING": RegimeResults(9.0, 10), "RANGING": RegimeResults(-9.0, 50)}
    moved = {n.parameter: n for n in tune(evidence, preset=PRESET, tuned={})}

    bull, ranging = moved["allocation.BULL_TRENDING"], moved["allocation.RANGING"]
    assert (bull.before, bull.after) == (1.0, pytest.approx(1.0 + 0.5 * 10 / 60))
    assert (ranging.before, ranging.after) == (0.6, pytest.approx(0.54))
    assert ranging.evidence == {"sharpe": -9.0, "trades": 50.0, "prior": 0.6}


def test_a_losing_window_makes_volatility_count_more() -> None:
    """The sensitivity goes up where the trades paid under the target, and down over it."""
    worse = _after({"RANGING": RegimeResults(-3.0, 50)}, {})
    better = _after({"RANGING": RegimeResults(9.0, 50)}, {})

    assert worse["volatility_sensitivity"] == pytest.approx(1.1)
    assert better["volatility_sensitivity"] == pytest.approx(0.9)


def test_evidence_that_ends_leads_back_to_the_preset() -> None:
    """At the target the shrunk ratio is 1: the prior is where it goes."""
    tuned = _after(
        {"RANGING": RegimeResults(PRESET.target_sharpe, 500)}, {"allocation.RANGING": 0.8}
    )

    assert tuned["allocation.RANGING"] == pytest.approx(0.72)


@given(ratios=st.lists(st.floats(-20, 20), max_size=40), trades=st.integers(20, 10_000))
def test_no_row_of_days_leaves_the_fence(ratios: list[float], trades: int) -> None:
    """A tenth a day, and never outside [0.5, 1.5] × the preset."""
    tuned: dict[str, float] = {}
    for ratio in ratios:
        before = with_tuning(PRESET, tuned).allocation["VOLATILE"]
        tuned = _after({"VOLATILE": RegimeResults(ratio, trades)}, tuned)
        after = with_tuning(PRESET, tuned).allocation["VOLATILE"]

        assert abs(after - before) <= 0.1 * before * (1 + 1e-12)
        assert 0.5 * 0.4 <= after <= 1.5 * 0.4
        assert 0.5 <= with_tuning(PRESET, tuned).volatility_sensitivity <= 1.5


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_what_was_recorded_outside_the_fence_is_brought_inside(name: str) -> None:
    """A tuned number of another preset cannot loosen this one."""
    sizing = PRESETS[name].sizing
    found = with_tuning(sizing, {"allocation.CRISIS": 99.0, "volatility_sensitivity": 99.0})

    assert found.allocation["CRISIS"] == pytest.approx(1.5 * sizing.allocation["CRISIS"])
    assert found.volatility_sensitivity == pytest.approx(1.5)
    assert with_tuning(sizing, {}) is sizing
