"""Features one candle, or one close of the market, at a time, as the executor runs them."""

from nija_domain.features.feature import MarketRow, row_of
from nija_domain.features.registry import (
    FEATURE_NAMES,
    MARKET_NAMES,
    features_named,
    market_features_named,
)
from nija_domain.market.candles import Bar

FeatureStates = tuple[tuple[float, ...], ...]


def initial_states(names: tuple[str, ...] = FEATURE_NAMES) -> FeatureStates:
    return tuple(feature.initial for feature in features_named(names))


def step_features(
    states: FeatureStates, bar: Bar, names: tuple[str, ...] = FEATURE_NAMES
) -> tuple[FeatureStates, tuple[float, ...]]:
    """The states after this candle, and its feature row."""
    row, pairs = row_of(bar), zip(features_named(names), states, strict=True)
    return _apart([feature.step(state, row) for feature, state in pairs])


def _apart(
    steps: list[tuple[tuple[float, ...], float]],
) -> tuple[FeatureStates, tuple[float, ...]]:
    """The states and the values, each on their own."""
    return tuple([state for state, _ in steps]), tuple([value for _, value in steps])


def initial_market_states(names: tuple[str, ...] = MARKET_NAMES) -> FeatureStates:
    return tuple(feature.initial for feature in market_features_named(names))


def step_market(
    states: FeatureStates, row: MarketRow, names: tuple[str, ...] = MARKET_NAMES
) -> tuple[FeatureStates, tuple[float, ...]]:
    """The states after this row of the market, and its market-wide features."""
    pairs = zip(market_features_named(names), states, strict=True)
    return _apart([feature.step(state, row) for feature, state in pairs])
