"""Features one candle at a time, as the executor runs them."""

from nija_domain.features.registry import FEATURES
from nija_domain.market.candles import Bar

FeatureStates = tuple[tuple[float, ...], ...]


def initial_states() -> FeatureStates:
    return tuple(feature.initial for feature in FEATURES)


def step_features(states: FeatureStates, bar: Bar) -> tuple[FeatureStates, tuple[float, ...]]:
    """The states after this candle, and its feature row."""
    steps = [feature.step(state, bar) for feature, state in zip(FEATURES, states, strict=True)]
    return tuple(state for state, _ in steps), tuple(value for _, value in steps)
