"""The end of history, where the executor continues: every state at the last closed candle."""

from collections.abc import Iterable, Mapping

import numpy as np

from nija_domain.capital.market_state import market_of_symbols
from nija_domain.errors import CandlesInvalid
from nija_domain.features.feature import MARKET_READS
from nija_domain.features.history.feature_rows import compute_features, compute_market
from nija_domain.features.registry import MARKET_NAMES
from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.filter import FilterState
from nija_domain.regimes.hierarchy import HierarchicalModel, macro_probs
from nija_domain.regimes.history.filtered import filter_history, trace_macro
from nija_domain.regimes.model import RegimeModel
from nija_domain.releases.content import MarketCut, ReleaseContent, SymbolCut, live_features
from nija_domain.releases.recipe import Recipe


def content_at(recipe: Recipe, histories: Mapping[str, CandleHistory]) -> ReleaseContent:
    """The release content at the end of these histories."""
    known, hierarchy = histories.values(), recipe.hierarchy
    return ReleaseContent(
        timeframe_us=recipe.timeframe_us,
        feature_names=live_features(recipe.regimes),
        regimes=recipe.regimes,
        policy=recipe.policy,
        agents=recipe.agents,
        sizing=recipe.sizing,
        envelope=recipe.envelope,
        cuts=cut_histories(known, model=recipe.regimes, hierarchy=hierarchy),
        hierarchy=hierarchy,
        market=cut_market(known, hierarchy=hierarchy) if hierarchy else None,
    )


def cut_histories(
    histories: Iterable[CandleHistory],
    *,
    model: RegimeModel,
    hierarchy: HierarchicalModel | None = None,
) -> tuple[SymbolCut, ...]:
    """The states at the end of each history, symbol by symbol."""
    micro = hierarchy.micro if hierarchy else {}
    return tuple(_cut(history, model, micro) for history in histories)


def cut_market(histories: Iterable[CandleHistory], *, hierarchy: HierarchicalModel) -> MarketCut:
    """The states of the market at the end, read in the order of the histories."""
    tables = [compute_features(history, MARKET_READS) for history in histories]
    market = compute_market(tables)
    if not len(market):
        raise CandlesInvalid("the market has no candles; ingest a history before a release is cut")
    states = dict(zip(MARKET_NAMES, market.final_states, strict=True))
    return MarketCut(
        symbols=tuple(table.symbol for table in tables),
        ts_us=int(market.ts_us[-1]),
        features=tuple(states[name] for name in hierarchy.macro.feature_names),
        macro=trace_macro(hierarchy, market.as_features()),
    )


def market_probs_after(
    content: ReleaseContent, histories: Iterable[CandleHistory]
) -> dict[str, float]:
    """The market's state at the newest bar of these histories.

    A release without a model of the market computes it from its symbols.
    """
    known = {history.symbol: history for history in histories if len(history)}
    if content.hierarchy is not None and content.market is not None and known:
        in_order = [known[symbol] for symbol in content.market.symbols if symbol in known]
        cut = cut_market(in_order, hierarchy=content.hierarchy)
        return macro_probs(content.hierarchy, cut.macro)
    names = content.regimes.state_names
    tables = [compute_features(history, content.feature_names) for history in known.values()]
    newest = [filter_history(content.regimes, table)[-1].tolist() for table in tables]
    return market_of_symbols(dict(zip(names, row, strict=True)) for row in newest)


def _cut(history: CandleHistory, model: RegimeModel, micro: Mapping[str, RegimeModel]) -> SymbolCut:
    table = compute_features(history, live_features(model))
    if not len(table) or not np.isfinite(table.values[-1]).all():
        raise CandlesInvalid(
            f"{history.symbol} has {len(table)} candles, too few to warm its features up;"
            " ingest more or take it out of the universe"
        )
    return SymbolCut(
        symbol=history.symbol,
        ts_us=int(table.ts_us[-1]),
        close=float(history.close[-1]),
        features=table.final_states,
        values=tuple(float(value) for value in table.values[-1]),
        filtered=_last_filter(model, table),
        micro={name: _last_filter(within, table) for name, within in micro.items()},
    )


def _last_filter(model: RegimeModel, table: FeatureTable) -> FilterState:
    return FilterState(tuple(filter_history(model, table)[-1].tolist()))
