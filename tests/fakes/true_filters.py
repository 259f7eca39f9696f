"""What could be known at best: the filter of a world's own parameters, and scores against truth."""

import math

import numpy as np
from scipy import stats
from sklearn.metrics import adjusted_rand_score, balanced_accuracy_score

from nija_domain.market.candles import CandleHistory
from nija_domain.worlds.regime_switching import WorldSettings, generate_world

NEARLY_GAUSSIAN_DEGREES = 1e7
GAP_SHARE = 0.02


def draw_history(
    *, degrees: float, bars: int, seed: int
) -> tuple[CandleHistory, np.ndarray, np.ndarray]:
    """Candles of one symbol, the regime that made each, and what the best filter says of it."""
    settings = WorldSettings(bars=bars, tail_degrees=degrees, correlation=0.0)
    world = generate_world(("X/USD",), settings=settings, rng=np.random.default_rng(seed))
    history, truth = world.candles["X/USD"], world.true_regimes["X/USD"].astype(int)
    return history, truth, true_filter(history, settings)


def true_filter(history: CandleHistory, settings: WorldSettings) -> np.ndarray:
    """Forward probabilities under the true densities and regimes that last as long on average."""
    moves = np.diff(np.log(history.close), prepend=math.log(history.open[0]))
    sigma = np.array(settings.volatility) * math.hypot(1.0, GAP_SHARE)
    shape = math.sqrt((settings.tail_degrees - 2.0) / settings.tail_degrees)
    errors = (moves[:, None] - np.array(settings.drift)) / (sigma * shape)
    densities = stats.t.pdf(errors, settings.tail_degrees) / sigma
    leave = 1.0 / np.mean(settings.regime_bars)
    transition = np.full((3, 3), leave / 2.0) + np.eye(3) * (1.0 - 1.5 * leave)
    return filter_densities(densities, start=np.full(3, 1.0 / 3.0), transition=transition)


def filter_densities(
    densities: np.ndarray, *, start: np.ndarray, transition: np.ndarray
) -> np.ndarray:
    """The forward recursion, written down as it stands in the books."""
    filtered, expected = np.empty_like(densities), start
    for bar, density in enumerate(densities):
        filtered[bar] = expected * density / (expected * density).sum()
        expected = filtered[bar] @ transition
    return filtered


def rand_index(truth: np.ndarray, probabilities: np.ndarray) -> float:
    return float(adjusted_rand_score(truth, probabilities.argmax(axis=1)))


def named_accuracy(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """The mean share of each regime's bars that bear its name."""
    return float(balanced_accuracy_score(truth, probabilities.argmax(axis=1)))


def calibration_error(truth: np.ndarray, probabilities: np.ndarray) -> float:
    """By how much the likeliest state's probability misses its frequency, over ten bins."""
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * 10).astype(int), 9)
    inside = [bins == number for number in range(10)]
    return float(
        sum(abs(right[b].mean() - confidence[b].mean()) * b.mean() for b in inside if b.any())
    )
