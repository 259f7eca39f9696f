"""Feature rows drawn from a hidden Markov model whose states are known."""

from itertools import pairwise

import msgspec
import numpy as np

from nija_domain.features.table import FeatureTable
from nija_domain.regimes.history.covariance import covariance_matrices, triangles_of, whiten
from nija_domain.regimes.model import RegimeModel

NAMES = ("log_return", "ewma_volatility", "trend_strength")

KNOWN_MODEL = RegimeModel(
    feature_names=NAMES,
    center=(0.0001, 0.002, 0.0),
    scale=(0.002, 0.001, 0.6),
    outlier_limit=3.0,
    state_names=("Bull", "Bear", "Chop"),
    start_probs=(0.3, 0.3, 0.4),
    transition=((0.97, 0.01, 0.02), (0.01, 0.97, 0.02), (0.02, 0.02, 0.96)),
    means=((0.6, -0.3, 1.1), (-0.6, 0.9, -1.1), (0.0, -0.5, 0.0)),
    variances=((0.8, 0.3, 0.25), (1.6, 0.6, 0.25), (0.4, 0.2, 0.2)),
    log_likelihood_per_bar=-3.0,
    bars_fitted=1,
    converged=True,
)

HINTED_MODEL = RegimeModel(
    feature_names=("log_return", "hint"),
    center=(0.0, 0.0),
    scale=(0.002, 1.0),
    outlier_limit=5.0,
    state_names=("Bull", "Bear", "Chop"),
    start_probs=(0.3, 0.3, 0.4),
    transition=((0.94, 0.03, 0.03), (0.03, 0.94, 0.03), (0.03, 0.03, 0.94)),
    means=((0.3, 0.8), (-0.3, 0.8), (0.0, -0.8)),
    variances=((0.6, 1.0), (1.6, 1.0), (0.2, 1.0)),
    log_likelihood_per_bar=-3.0,
    bars_fitted=1,
    converged=True,
)
"""States that overlap; the hint beside the return tells something of them."""


def correlated(model: RegimeModel, correlations: tuple[float, ...]) -> RegimeModel:
    """The same variances, every pair of features in a state as correlated as its number says."""
    deviations, eye = np.sqrt(np.array(model.variances)), np.eye(len(model.feature_names))
    shares = np.array(correlations)[:, None, None] * (1.0 - eye) + eye
    covariances = shares * deviations[:, :, None] * deviations[:, None, :]
    return msgspec.structs.replace(model, whitening=triangles_of(whiten(covariances)))


LEANING_MODEL = correlated(KNOWN_MODEL, (0.7, -0.4, 0.3))


def draw_world(
    model: RegimeModel, *, bars: int, seed: int, warm_up_bars: int = 0
) -> tuple[FeatureTable, np.ndarray]:
    """Feature rows, the first of them not yet warm, and the state that made each."""
    rng = np.random.default_rng(seed)
    states = np.empty(bars, dtype=np.int64)
    states[0] = rng.choice(len(model.start_probs), p=model.start_probs)
    for before, after in pairwise(range(bars)):
        states[after] = rng.choice(len(model.start_probs), p=model.transition[states[before]])
    factors = np.linalg.cholesky(covariance_matrices(model))[states]
    noise = rng.normal(size=(bars, len(model.feature_names)))
    errors = (factors @ noise[..., None])[..., 0]
    rows = (np.array(model.means)[states] + errors) * np.array(model.scale) + np.array(model.center)
    rows[:warm_up_bars] = np.nan
    table = FeatureTable(
        symbol="BTC/USD",
        ts_us=np.arange(bars, dtype=np.int64) * 300_000_000,
        names=model.feature_names,
        values=rows,
        final_states=(),
    )
    return table, states
