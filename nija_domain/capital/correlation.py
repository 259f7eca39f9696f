"""What the daily results of agents say of each other, and of how much one may hold."""

from collections.abc import Mapping, Sequence
from math import inf

import numpy as np

KELLY_DAYS = 30
LEAST_DAYS = 2


def correlation_divisors(daily: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """1 + the mean positive correlation with the others that have daily results.

    The days that all of a pair have are compared; results that never move go along with nothing.
    """
    divisors = dict.fromkeys(daily, 1.0)
    told = [name for name, results in daily.items() if len(results) >= LEAST_DAYS]
    if len(told) < LEAST_DAYS:
        return divisors
    days = min(len(daily[name]) for name in told)
    table = np.array([daily[name][-days:] for name in told], dtype=np.float64)
    centred = table - table.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred * centred).sum(axis=1))
    units = centred / np.where(lengths > 0.0, lengths, 1.0)[:, None]
    positive = np.clip(units @ units.T, 0.0, 1.0)
    np.fill_diagonal(positive, 0.0)
    means = positive.sum(axis=1) / (len(told) - 1)
    return divisors | {name: 1.0 + float(mean) for name, mean in zip(told, means, strict=True)}


def relative_volatility(daily: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Each agent's deviation over the mean of all; 1 where there is none to tell."""
    spreads = {
        name: float(np.std(results, ddof=1))
        for name, results in daily.items()
        if len(results) >= LEAST_DAYS
    }
    moving = {name: spread for name, spread in spreads.items() if spread > 0.0}
    if not moving:
        return dict.fromkeys(daily, 1.0)
    mean = sum(moving.values()) / len(moving)
    return dict.fromkeys(daily, 1.0) | {name: spread / mean for name, spread in moving.items()}


def half_kelly(daily: Sequence[float]) -> float | None:
    """Half of mean over variance (n − 1) of the last 30 days; None without 30, or if all idle."""
    if len(daily) < KELLY_DAYS:
        return None
    window = np.array(daily[-KELLY_DAYS:], dtype=np.float64)
    mean, variance = float(window.mean()), float(window.var(ddof=1))
    if not window.any():
        return None
    if mean <= 0.0:
        return 0.0
    return 0.5 * mean / variance if variance > 0.0 else inf
