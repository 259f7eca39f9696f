"""What the daily results of agents say of each other, and of how much one may hold."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import inf

import numpy as np

KELLY_DAYS = 30
LEAST_DAYS = 2
STILL_SHARE = 1e-12
"""Results that differ by no more than this share of their size differ by rounding."""


def correlation_divisors(daily: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """1 + the mean positive correlation with the others that have daily results.

    The days that all of a pair have are compared; results that never move go along with nothing.
    """
    divisors = dict.fromkeys(daily, 1.0)
    known = [name for name, results in daily.items() if len(results) >= LEAST_DAYS]
    for one, other in combinations(known, 2):
        shared = max(_correlation(daily[one], daily[other]), 0.0) / (len(known) - 1)
        divisors[one] += shared
        divisors[other] += shared
    return divisors


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    days = min(len(one), len(other))
    table = np.array([one[-days:], other[-days:]], dtype=np.float64)
    centred = table - table.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred * centred).sum(axis=1))
    if (lengths <= STILL_SHARE * np.sqrt((table * table).sum(axis=1))).any():
        return 0.0
    units = centred / lengths[:, None]
    return min(float(units[0] @ units[1]), 1.0)


def relative_volatility(daily: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Each agent's deviation over the mean of all; 1 where there is none to tell."""
    spreads = {
        name: float(np.std(results, ddof=1))
        for name, results in daily.items()
        if len(results) >= LEAST_DAYS
    }
    moving = {
        name: spread
        for name, spread in spreads.items()
        if spread > STILL_SHARE * float(np.abs(daily[name]).max())
    }
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
