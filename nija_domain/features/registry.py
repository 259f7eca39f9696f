"""Every feature that exists, in the order of a feature row: the order of their names."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from nija_domain.errors import ReleaseInvalid, ReleaseUnreadable
from nija_domain.features import columns, market
from nija_domain.features.feature import BarRow, Feature, MarketRow


def _found_in(folder: ModuleType) -> Iterator[Any]:
    for name in sorted(module.name for module in iter_modules(folder.__path__)):
        yield import_module(f"{folder.__name__}.{name}").FEATURE


FEATURES: tuple[Feature[BarRow], ...] = tuple(_found_in(columns))
FEATURE_NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)

MARKET_FEATURES: tuple[Feature[MarketRow], ...] = tuple(_found_in(market))
MARKET_NAMES: tuple[str, ...] = tuple(feature.name for feature in MARKET_FEATURES)


@cache
def features_named(names: Sequence[str]) -> tuple[Feature[BarRow], ...]:
    """The features of a release, in its own order: one that came later does not disturb it."""
    known = {feature.name: feature for feature in FEATURES}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ReleaseUnreadable(
            f"features {', '.join(unknown)} are not computed by this version; train a new release"
        )
    return tuple(known[name] for name in names)


@cache
def market_features_named(names: Sequence[str]) -> tuple[Feature[MarketRow], ...]:
    """The market-wide features of a release, in its own order."""
    known = {feature.name: feature for feature in MARKET_FEATURES}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ReleaseInvalid(
            f"market-wide features {', '.join(unknown)} are not computed by this version;"
            " train a new release"
        )
    return tuple(known[name] for name in names)
