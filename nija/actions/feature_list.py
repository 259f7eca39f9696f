"""`nija features`: the list of all features."""

from collections.abc import Iterable
from typing import Any

import msgspec

from nija_domain.features.feature import Feature
from nija_domain.features.registry import FEATURES, MARKET_FEATURES

HEAD = "| feature | formula | unit | NaN for the first |\n| --- | --- | --- | --- |\n"
PER_SYMBOL, MARKET_WIDE = "Of each symbol", "Of the market"


class ListedFeature(msgspec.Struct, frozen=True):
    name: str
    scope: str
    formula: str
    unit: str
    warm_up_bars: int


def list_features() -> list[ListedFeature]:
    return [*_listed(PER_SYMBOL, FEATURES), *_listed(MARKET_WIDE, MARKET_FEATURES)]


def write_markdown(features: Iterable[ListedFeature]) -> str:
    """The tables of docs/features.md."""
    listed = list(features)
    return "\n".join(
        f"## {scope}\n\n{HEAD}"
        + "".join(_row(feature) for feature in listed if feature.scope == scope)
        for scope in (PER_SYMBOL, MARKET_WIDE)
    )


def _listed(scope: str, features: Iterable[Feature[Any]]) -> list[ListedFeature]:
    return [
        ListedFeature(each.name, scope, each.formula, each.unit, each.warm_up_bars)
        for each in features
    ]


def _row(feature: ListedFeature) -> str:
    formula = feature.formula.replace("|", "\\|")
    return f"| {feature.name} | {formula} | {feature.unit} | {feature.warm_up_bars} bars |\n"
