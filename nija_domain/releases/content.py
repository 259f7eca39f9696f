"""What the executor needs to decide, as one value, and how a bundle stores it."""

from math import isfinite
from typing import Any

import msgspec

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import SizingParameters
from nija_domain.errors import ReleaseInvalid, ReleaseUnreadable
from nija_domain.features.registry import features_named
from nija_domain.features.stream import FeatureStates, initial_market_states, initial_states
from nija_domain.policies.head import PolicyHead
from nija_domain.regimes.filter import FilterState
from nija_domain.regimes.hierarchy import HierarchicalModel, MacroState, check_hierarchy
from nija_domain.regimes.model import RegimeModel, check_model, feature_columns
from nija_domain.strategies.agents import Agent, check_agents
from nija_domain.strategies.shelf import features_read

SIZING_READS = ("log_return", "ewma_volatility")
LIVE_FEATURES = tuple(dict.fromkeys((*SIZING_READS, *features_read())))
"""What sizing and every rule strategy read, whichever of them a release trades."""


def live_features(regimes: RegimeModel) -> tuple[str, ...]:
    """The features that a release needs: those that decisions read and those of its regimes."""
    return (*LIVE_FEATURES, *sorted(set(regimes.feature_names) - set(LIVE_FEATURES)))


class SymbolCut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The end of history for one symbol: every state at the close of the bar `ts_us`.

    `micro` holds one filter per state of the market, if the release has a hierarchy.
    """

    symbol: str
    ts_us: int
    close: float
    features: FeatureStates
    values: tuple[float, ...]
    filtered: FilterState
    micro: dict[str, FilterState] = {}


class MarketCut(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The end of history for the market: the states of its features and of its filter.

    Symbols and features are read in this order, since another order would change sums in the last
    bit.
    """

    symbols: tuple[str, ...]
    ts_us: int
    features: FeatureStates
    macro: MacroState


class ReleaseContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a release decides with. Old releases have neither hierarchy nor market.

    `confirmed_steps` are bars at which a symbol's price rightly steps. A back-test over checked
    history lists them; a release that was trained beyond them has none.
    """

    timeframe_us: int
    feature_names: tuple[str, ...]
    regimes: RegimeModel
    policy: PolicyHead
    agents: tuple[Agent, ...]
    sizing: SizingParameters
    envelope: HardLimits
    cuts: tuple[SymbolCut, ...]
    hierarchy: HierarchicalModel | None = None
    market: MarketCut | None = None
    confirmed_steps: dict[str, tuple[int, ...]] = {}

    def agent(self, name: str) -> Agent | None:
        return next((agent for agent in self.agents if agent.name == name), None)

    @property
    def universe(self) -> tuple[str, ...]:
        return tuple(cut.symbol for cut in self.cuts)


_encoder = msgspec.json.Encoder(order="deterministic")


def encode_content(content: ReleaseContent) -> str:
    return _encoder.encode(content).decode()


def decode_content(text: str | bytes) -> ReleaseContent:
    try:
        content = msgspec.convert(_upcast(msgspec.json.decode(text)), ReleaseContent)
    except msgspec.MsgspecError as error:
        raise ReleaseUnreadable(
            f"the release's content does not fit this version: {error}; train a new release"
        ) from error
    features_named(content.feature_names)
    if content.timeframe_us <= 0:
        raise ReleaseInvalid(
            f"timeframe_us is {content.timeframe_us}, not the length of a bar; train a new release"
        )
    check_model(content.regimes)
    feature_columns(content.regimes, content.feature_names)
    check_agents(content.agents, feature_names=content.feature_names)
    _check_cuts(content)
    _check_market(content)
    return content


def _upcast(parts: Any) -> Any:  # noqa: ANN401 - whatever the text holds
    """A release of before had one strategy with its arms: the only agent, of the same name."""
    if not isinstance(parts, dict) or "strategy" not in parts:
        return parts
    strategy = parts["strategy"]
    name = strategy["name"] if isinstance(strategy, dict) and "name" in strategy else ""
    known = {key: part for key, part in parts.items() if key not in {"strategy", "arms"}}
    agent = {"name": name, "strategy": strategy, "arms": parts.get("arms", {})}
    return {**known, "agents": [agent]}


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
            "micro": _micro_widths(content)
            == {n: len(f.probabilities) for n, f in cut.micro.items()},
        }
        for field, fits in holds.items():
            if not fits:
                raise ReleaseInvalid(
                    f"{field} of the cut of {cut.symbol} is {getattr(cut, field)}, which this"
                    " version cannot continue; train a new release"
                )


def _micro_widths(content: ReleaseContent) -> dict[str, int]:
    micro = content.hierarchy.micro if content.hierarchy else {}
    return {name: len(model.state_names) for name, model in micro.items()}


def _check_market(content: ReleaseContent) -> None:
    """The market's models and its cut come together, and the one continues the other."""
    hierarchy, market = content.hierarchy, content.market
    if hierarchy is None and market is None:
        return
    if hierarchy is None or market is None:
        missing = "market" if market is None else "hierarchy"
        raise ReleaseInvalid(
            f"{missing} is missing, although its counterpart is there; train a new release"
        )
    check_hierarchy(hierarchy, pooled=content.regimes)
    widths = tuple(len(state) for state in initial_market_states(hierarchy.macro.feature_names))
    macro = market.macro
    holds = {
        "symbols": sorted(market.symbols) == sorted(content.universe),
        "features": tuple(len(state) for state in market.features) == widths,
        "macro": len(macro.filtered.probabilities) == len(hierarchy.macro.state_names)
        and isfinite(macro.surprise),
    }
    for field, fits in holds.items():
        if not fits:
            raise ReleaseInvalid(
                f"{field} of the market's cut is {getattr(market, field)}, which this version"
                " cannot continue; train a new release"
            )


def pack_content(content: ReleaseContent) -> dict[str, bytes]:
    """One readable file per part."""
    parts: dict[str, Any] = msgspec.to_builtins(content)
    return {f"{name}.json": _encoder.encode(part) + b"\n" for name, part in parts.items()}


def unpack_content(files: dict[str, bytes]) -> ReleaseContent:
    """The inverse of `pack_content`; raises for a part that is missing or unknown."""
    try:
        parts = {
            name.removesuffix(".json"): msgspec.json.decode(body) for name, body in files.items()
        }
    except msgspec.MsgspecError as error:
        raise ReleaseInvalid(f"a file of the release is not JSON: {error}") from error
    return decode_content(_encoder.encode(parts))
