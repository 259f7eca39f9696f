"""What a strategy sees and what it answers."""

from collections.abc import Mapping

import msgspec


class SymbolView(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol as it is known at the close of a bar."""

    symbol: str
    price: float
    features: Mapping[str, float]
    filtered_probs: Mapping[str, float]
    is_held: bool


class StrategyChoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A strategy by name, under the preset that a config id names."""

    name: str
    config_id: str
    parameters: dict[str, float]
