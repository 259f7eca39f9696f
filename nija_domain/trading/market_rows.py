"""The market over its symbols: a row per bar once the bar is whole, and what is believed of both.

A bar is whole when it is told to be closed, or when a later one begins: so history that is caught
up with, where no close is told, gives the same rows.
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
    """A candle of the market's symbols makes its bar wait for a row, if there is none yet."""
    market, release = state.market, state.release
    if market is None or release is None or release.content.market is None:
        return state
    if ts_us <= market.pending_us or symbol not in release.content.market.symbols:
        return state
    return replace(state, market=replace(market, pending_us=ts_us))


def with_market_row(state: State, *, through_us: int) -> State:
    """The market after the bar that waits, if that is not later than `through_us`."""
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
    """The symbols in the release's order; one that has no candle of this bar has no number."""
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
    """What is believed of the market; without a model of it, as its symbols show it."""
    release, market = state.release, state.market
    if release is not None and release.content.hierarchy is not None and market is not None:
        return macro_probs(release.content.hierarchy, market.macro)
    if release is None:
        return market_of_symbols(())
    return market_of_symbols(map(release.filtered_probs, state.symbols.values()))


def joint_probs_of(state: State, symbol: str) -> dict[tuple[str, str], float]:
    """Each pair of the market's state and the symbol's; independent where nothing joins them."""
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
    """Bull, Bear and Chop of a symbol, whatever state the market is in."""
    release, market, known = state.release, state.market, state.symbols[symbol]
    if release is None:
        return {}
    if release.content.hierarchy is None or market is None:
        return release.filtered_probs(known)
    return marginal_probs(joint_probs_of(state, symbol))
