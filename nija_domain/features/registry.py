"""Every feature that exists, in the order of a feature row."""

from collections.abc import Callable

import msgspec

from nija_domain.features import atr_fraction, ewma_volatility, log_return, trend_strength
from nija_domain.market.candles import Bar

FeatureStep = Callable[[tuple[float, ...], Bar], tuple[tuple[float, ...], float]]


class Feature(msgspec.Struct, frozen=True):
    """One number per bar; it is NaN for the first `warm_up_bars` bars and never after."""

    name: str
    unit: str
    formula: str
    warm_up_bars: int
    initial: tuple[float, ...]
    step: FeatureStep


FEATURES: tuple[Feature, ...] = (
    Feature(
        name="log_return",
        unit="log ratio",
        formula="ln(close / previous close)",
        warm_up_bars=log_return.WARM_UP_BARS,
        initial=log_return.INITIAL,
        step=log_return.step,
    ),
    Feature(
        name="ewma_volatility",
        unit="log ratio per root bar",
        formula=f"root of the EWMA({ewma_volatility.SPAN_BARS}) of squared log returns",
        warm_up_bars=ewma_volatility.WARM_UP_BARS,
        initial=ewma_volatility.INITIAL,
        step=ewma_volatility.step,
    ),
    Feature(
        name="trend_strength",
        unit="-1 to 1",
        formula=(
            f"tanh((EWMA({trend_strength.FAST_SPAN_BARS}) - EWMA({trend_strength.SLOW_SPAN_BARS}))"
            " of ln(close) / (3 times its deviation on a random walk of the same volatility))"
        ),
        warm_up_bars=trend_strength.WARM_UP_BARS,
        initial=trend_strength.INITIAL,
        step=trend_strength.step,
    ),
    Feature(
        name="atr_fraction",
        unit="share of the close",
        formula=f"Wilder average({atr_fraction.SPAN_BARS}) of the true range / close",
        warm_up_bars=atr_fraction.WARM_UP_BARS,
        initial=atr_fraction.INITIAL,
        step=atr_fraction.step,
    ),
)

FEATURE_NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
