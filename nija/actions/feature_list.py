"""The features that exist, told as their files tell it."""

from collections.abc import Iterable
from typing import Any

import msgspec

from nija_domain.features.feature import Feature
from nija_domain.features.registry import FEATURES, MARKET_FEATURES

HEAD = "| feature | formula | unit | NaN for the first |\n| --- | --- | --- | --- |\n"
PER_SYMBOL, MARKET_WIDE = "Of each symbol", "Of the market"


class ToldFeature(msgspec.Struct, frozen=True):
    name: str
    scope: str
    formula: str
    unit: str
    warm_up_bars: int


def list_features() -> list[ToldFeature]:
    return [*_told(PER_SYMBOL, FEATURES), *_told(MARKET_WIDE, MARKET_FEATURES)]


def write_markdown(features: Iterable[ToldFeature]) -> str:
    """The tables of docs/features.md."""
    listed = list(features)
    return "\n".join(
        f"## {scope}\n\n{HEAD}" + "".join(_row(told) for told in listed if told.scope == scope)
        for scope in (PER_SYMBOL, MARKET_WIDE)
    )


def _told(scope: str, features: Iterable[Feature[Any]]) -> list[ToldFeature]:
    return [
        ToldFeature(each.name, scope, each.formula, each.unit, each.warm_up_bars)
        for each in features
    ]


def _row(told: ToldFeature) -> str:
    formula = told.formula.replace("|", "\\|")
    return f"| {told.name} | {formula} | {told.unit} | {told.warm_up_bars} bars |\n"
