"""What the executor needs to decide, as one value, and how it lies in a bundle's files."""

from math import isfinite
from typing import Any

import msgspec

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import SizingParameters
from nija_domain.errors import ReleaseInvalid
from nija_domain.features.registry import features_named
from nija_domain.features.stream import FeatureStates, initial_states
from nija_domain.policies.head import PolicyHead
from nija_domain.regimes.filter import FilterState
from nija_domain.regimes.model import RegimeModel, check_model, feature_columns
from nija_domain.strategies.arms import Arms, check_arms
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.shelf import check_choice

LIVE_FEATURES = ("log_return", "ewma_volatility", "trend_strength", "atr_fraction")
"""What deciding reads today: regimes, rule strategies and sizing; a release computes no more."""


class SymbolCut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where history ended for one symbol: every state at the close of the bar `ts_us`."""

    symbol: str
    ts_us: int
    close: float
    features: FeatureStates
    values: tuple[float, ...]
    filtered: FilterState


class ReleaseContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    timeframe_us: int
    feature_names: tuple[str, ...]
    regimes: RegimeModel
    policy: PolicyHead
    strategy: StrategyChoice
    sizing: SizingParameters
    envelope: HardLimits
    cuts: tuple[SymbolCut, ...]
    arms: Arms = Arms()

    @property
    def universe(self) -> tuple[str, ...]:
        return tuple(cut.symbol for cut in self.cuts)


_encoder = msgspec.json.Encoder(order="deterministic")


def encode_content(content: ReleaseContent) -> str:
    return _encoder.encode(content).decode()


def decode_content(text: str | bytes) -> ReleaseContent:
    try:
        content = msgspec.json.decode(text, type=ReleaseContent)
    except msgspec.MsgspecError as error:
        raise ReleaseInvalid(
            f"the release's content does not fit this version: {error}; train a new release"
        ) from error
    features_named(content.feature_names)
    if content.timeframe_us <= 0:
        raise ReleaseInvalid(
            f"timeframe_us is {content.timeframe_us}, no length of a bar; train a new release"
        )
    check_model(content.regimes)
    feature_columns(content.regimes, content.feature_names)
    check_choice(content.strategy)
    check_arms(content.arms)
    _check_cuts(content)
    return content


def _check_cuts(content: ReleaseContent) -> None:
    """Each symbol once, its states as wide as the features and the regimes that continue them."""
    if len(set(content.universe)) != len(content.cuts):
        raise ReleaseInvalid(f"cuts name a symbol twice: {content.universe}; train a new release")
    widths = tuple(len(state) for state in initial_states(content.feature_names))
    for cut in content.cuts:
        holds = {
            "features": tuple(len(state) for state in cut.features) == widths,
            "values": len(cut.values) == len(content.feature_names),
            "filtered": len(cut.filtered.probabilities) == len(content.regimes.state_names),
            "close": isfinite(cut.close) and cut.close > 0.0,
        }
        for field, fits in holds.items():
            if not fits:
                raise ReleaseInvalid(
                    f"{field} of the cut of {cut.symbol} is {getattr(cut, field)}, which this"
                    " version cannot continue; train a new release"
                )


def pack_content(content: ReleaseContent) -> dict[str, bytes]:
    """One readable file for each part."""
    parts: dict[str, Any] = msgspec.to_builtins(content)
    return {f"{name}.json": _encoder.encode(part) + b"\n" for name, part in parts.items()}


def unpack_content(files: dict[str, bytes]) -> ReleaseContent:
    """The inverse of `pack_content`; a part that is missing or unknown is named."""
    try:
        parts = {
            name.removesuffix(".json"): msgspec.json.decode(body) for name, body in files.items()
        }
    except msgspec.MsgspecError as error:
        raise ReleaseInvalid(f"a file of the release is not JSON: {error}") from error
    return decode_content(_encoder.encode(parts))
