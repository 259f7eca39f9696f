"""The whole market: one row per bar once the bar is complete, and the filters over it.

A bar is complete when it is closed or when a later one begins, so that history without closes gives
the same rows.
"""

from math import nan

from msgspec.structs import replace

from nija_domain.capital.market_state import market_of_symbols
from nija_domain.features.feature import LEADER, MARKET_READS, MarketRow
from nija_domain.features.stream import step_market
from nija_domain.regimes.hierarchy import joint_probs, macro_probs, marginal_probs, step_macro
from nija_domain.releases.content import MarketCut, ReleaseContent
from nija_domain.trading.state import MarketState, State


def state_at_market_cut(cut: MarketCut | None) -> MarketState | None:
    if cut is None:
        return None
    return MarketState(
        ts_us=cut.ts_us, pending_us=cut.ts_us, features=cut.features, macro=cut.macro
    )


def with_pending_bar(state: State, symbol: str, *, ts_us: int) -> State:
    """A candle of the market's symbols: its bar waits for a row if it has none yet."""
    market, release = state.market, state.release
    if market is None or release is None or release.content.market is None:
        return state
    if ts_us <= market.pending_us or symbol not in release.content.market.symbols:
        return state
    return replace(state, market=replace(market, pending_us=ts_us))


def with_market_row(state: State, *, through_us: int) -> State:
    """Add the row of the waiting bar, if that bar is not later than `through_us`."""
    market, release = state.market, state.release
    if market is None or release is None:
        return state
    content = release.content
    if content.hierarchy is None or not market.ts_us < market.pending_us <= through_us:
        return state
    row = _row_at(state, content, market.pending_us)
    features, values = step_market(market.features, row, content.hierarchy.macro.feature_names)
    return replace(
        state,
        market=MarketState(
            ts_us=market.pending_us,
            pending_us=market.pending_us,
            features=features,
            macro=step_macro(content.hierarchy, market.macro, values),
        ),
    )


def _row_at(state: State, content: ReleaseContent, ts_us: int) -> MarketRow:
    """The symbols in the release's order; NaN for one without a candle of this bar."""
    symbols = content.market.symbols if content.market else ()
    places = [content.feature_names.index(name) for name in MARKET_READS]
    columns: list[list[float]] = [[], []]
    for symbol in symbols:
        known = state.symbols[symbol]
        for column, place in zip(columns, places, strict=True):
            column.append(known.values[place] if known.ts_us == ts_us else nan)
    returns, volatilities = columns
    leading = volatilities[symbols.index(LEADER)] if LEADER in symbols else nan
    return MarketRow(returns, volatilities, leading)


def market_probs_of(state: State) -> dict[str, float]:
    """The probabilities of the market's states; without a model of it, from its symbols."""
    release, market = state.release, state.market
    if release is not None and release.content.hierarchy is not None and market is not None:
        return macro_probs(release.content.hierarchy, market.macro)
    if release is None:
        return market_of_symbols(())
    return market_of_symbols(map(release.filtered_probs, state.symbols.values()))


def joint_probs_of(state: State, symbol: str) -> dict[tuple[str, str], float]:
    """The probability of each pair of market state and regime; independent without a hierarchy."""
    release, market, known = state.release, state.market, state.symbols[symbol]
    if release is None:
        return {}
    if release.content.hierarchy is not None and market is not None:
        return joint_probs(release.content.hierarchy, macro=market.macro, micro=known.micro)
    own = release.filtered_probs(known)
    return {
        (macro, micro): probability * share
        for macro, probability in market_probs_of(state).items()
        for micro, share in own.items()
    }


def regime_probs_of(state: State, symbol: str) -> dict[str, float]:
    """The probabilities of a symbol's regimes, whatever the state of the market."""
    release, market, known = state.release, state.market, state.symbols[symbol]
    if release is None:
        return {}
    if release.content.hierarchy is None or market is None:
        return release.filtered_probs(known)
    return marginal_probs(joint_probs_of(state, symbol))
