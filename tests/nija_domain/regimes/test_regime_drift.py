"""Drift is the loss of foresight, measured bar by bar from the past alone."""

import numpy as np
import pytest

from nija_domain.features.history.feature_rows import compute_features
from nija_domain.regimes.fitting.flat import fit_regimes, gaussian_hmm
from nija_domain.regimes.history.drift import CUSUM_ALARM_NATS, PSI_ALARM, measure_drift
from nija_domain.regimes.history.filtered import standardise
from nija_domain.regimes.model import feature_columns
from nija_domain.worlds.regime_switching import WorldSettings, generate_world

SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD")


def _tables(settings: WorldSettings, seed: int):  # noqa: ANN202
    world = generate_world(SYMBOLS, settings=settings, rng=np.random.default_rng(seed))
    return [compute_features(history) for history in world.candles.values()]


def test_the_predictive_likelihoods_add_up_to_hmmlearns_score() -> None:
    """By the chain rule, the sum over one stretch is the likelihood of the stretch."""
    tables = _tables(WorldSettings(bars=500), seed=1)
    model = fit_regimes(tables, restarts=1, seed=1, iterations=20)
    table = tables[0]
    values = table.values[:, feature_columns(model, table.names)]
    rows = standardise(model, values[np.isfinite(values).all(axis=1)])

    drift = measure_drift(model, [table], bars=len(table))

    assert np.isclose(drift.recent * drift.bars, gaussian_hmm(model).score(rows), rtol=1e-9)


RETURNS = ("log_return",)


@pytest.mark.parametrize("share", [10.0, 0.5])
def test_a_market_of_another_kind_shows_as_drift(share: float) -> None:
    """Its own kind of market is below the alarm; one that moves more, or less, is above."""
    usual = WorldSettings(bars=900)
    other = WorldSettings(bars=900, volatility=(0.0012 * share, 0.0020 * share, 0.0007 * share))
    model = fit_regimes(
        _tables(usual, seed=2), feature_names=RETURNS, restarts=3, seed=1, iterations=40
    )

    at_home = measure_drift(model, _tables(usual, seed=3), bars=300)
    abroad = measure_drift(model, _tables(other, seed=3), bars=300)

    assert at_home.score < 1.0
    assert abroad.score > 1.0


def test_a_quieter_market_shows_in_the_spread_and_not_in_the_likelihood() -> None:
    """What the likelihood alone would miss: bars that are foreseen too easily."""
    usual = WorldSettings(bars=900)
    quiet = WorldSettings(bars=900, volatility=(0.0006, 0.0010, 0.0003))
    model = fit_regimes(
        _tables(usual, seed=2), feature_names=RETURNS, restarts=3, seed=1, iterations=40
    )
    drift = measure_drift(model, _tables(quiet, seed=3), bars=300)

    assert drift.fitted - drift.recent < 0.5
    assert drift.psi["log_return"] > PSI_ALARM


def test_a_break_within_the_window_shows_in_the_sum() -> None:
    """The last bars of a long window come from elsewhere: the mean hides it, the sum does not."""
    usual = WorldSettings(bars=900)
    model = fit_regimes(
        _tables(usual, seed=2), feature_names=RETURNS, restarts=3, seed=1, iterations=40
    )
    tables = _tables(usual, seed=3)
    before = measure_drift(model, tables, bars=600)
    for table in tables:
        table.values[-30:, table.names.index("log_return")] *= 6.0
    after = measure_drift(model, tables, bars=600)

    assert before.cusum < CUSUM_ALARM_NATS < after.cusum
    assert after.fitted - after.recent < 1.0


def test_no_bars_are_no_drift() -> None:
    """Nothing seen says nothing."""
    model = fit_regimes(_tables(WorldSettings(bars=500), seed=4), restarts=1, seed=1, iterations=9)

    assert measure_drift(model, [], bars=50).score == 0.0
