"""Drift is the loss of foresight, measured bar by bar from the past alone."""

import numpy as np

from nija_domain.features.history import compute_features
from nija_domain.regimes.drift import measure_drift
from nija_domain.regimes.fit import fit_regimes, gaussian_hmm
from nija_domain.regimes.history import standardise
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


def test_a_market_of_another_kind_shows_as_drift() -> None:
    """The same model foresees its own kind of market about as well as before, another one worse."""
    calm = WorldSettings(bars=900)
    wild = WorldSettings(bars=900, volatility=(0.012, 0.020, 0.007))
    model = fit_regimes(_tables(calm, seed=2), restarts=1, seed=1, iterations=20)

    at_home = measure_drift(model, _tables(calm, seed=3), bars=300)
    abroad = measure_drift(model, _tables(wild, seed=3), bars=300)

    assert abs(at_home.score) < 1.0
    assert abroad.score > 3.0


def test_no_bars_are_no_drift() -> None:
    """Nothing seen says nothing."""
    model = fit_regimes(_tables(WorldSettings(bars=500), seed=4), restarts=1, seed=1, iterations=9)

    assert measure_drift(model, [], bars=50).score == 0.0
