"""Rows that rules read: drawn at random, with gaps, and from candles."""

from collections.abc import Callable

import numpy as np

from nija_domain.features.history.feature_rows import compute_features
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.history.filtered import filter_history
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.history.rule_signals import RuleColumns
from nija_domain.strategies.rule import Rule
from tests.fakes.regime_worlds import KNOWN_MODEL

REGIMES = [KNOWN_MODEL.state_names.index(name) for name in ("Bull", "Chop", "Bear")]

DRAWS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "trend_strength": lambda rng, rows: rng.uniform(-1.0, 1.0, rows),
    "atr_fraction": lambda rng, rows: rng.uniform(-0.002, 0.04, rows),
    "distance_from_mean": lambda rng, rows: rng.normal(0.0, 0.03, rows),
    "ewma_volatility": lambda rng, rows: rng.uniform(-0.0005, 0.01, rows),
    "channel_position": lambda rng, rows: rng.uniform(-0.5, 2.5, rows),
    "parkinson_volatility": lambda rng, rows: rng.uniform(-0.0005, 0.03, rows),
    "volume_zscore": lambda rng, rows: rng.normal(0.5, 2.0, rows),
}
"""A little beyond what each feature can be, so that the guards of a step are tried as well."""

NUMBERS_MAX = 20.0
"""Of a drawn parameter, so that ages of positions lie within a drawn history."""


def draw_columns(rule: Rule, *, rows: int, seed: int, nan_share: float = 0.05) -> RuleColumns:
    """Prices that walk, and features and probabilities without memory, some of them NaN."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, rows)))
    values = np.column_stack([DRAWS[name](rng, rows) for name in rule.reads])
    probs = rng.dirichlet((0.5, 0.5, 0.5), rows)
    for holes in (values, probs):
        holes[rng.random(holes.shape) < nan_share] = np.nan
    return RuleColumns(
        high=close * np.exp(np.abs(rng.normal(0.0, 0.01, rows))),
        low=close * np.exp(-np.abs(rng.normal(0.0, 0.01, rows))),
        close=close,
        values=values,
        probs=probs,
    )


def draw_choice(rule: Rule, *, seed: int) -> StrategyChoice:
    """A preset, or any numbers within the bounds."""
    rng = np.random.default_rng(seed)
    presets = [*rule.presets.values()]
    drawn = {
        name: float(rng.uniform(low, min(high, NUMBERS_MAX)))
        for name, (low, high) in rule.bounds.items()
    }
    place = int(rng.integers(len(presets) + 2))
    return StrategyChoice(
        rule.name, f"{rule.name}:*:drawn", presets[place] if place < len(presets) else drawn
    )


def columns_of(history: CandleHistory, rule: Rule) -> RuleColumns:
    """What a release of the known model would show the rule over these candles."""
    table = compute_features(history)
    return RuleColumns(
        high=history.high,
        low=history.low,
        close=history.close,
        values=table.values[:, [table.names.index(name) for name in rule.reads]],
        probs=filter_history(KNOWN_MODEL, table)[:, REGIMES],
    )
