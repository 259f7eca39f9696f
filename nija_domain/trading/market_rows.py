"""The whole market: one row per bar once the bar is complete, and the filters over it.

A bar is complete when it is closed or when a later one begins, so that history without closes gives
the same rows.
"""

from collections.abc import Mapping
from math import nan

from msgspec.structs import replace

from nija_domain.capital.market_state import market_of_symbols
from nija_domain.features.feature import LEADER, MARKET_READS, MarketRow
from nija_domain.features.stream import step_market
from nija_domain.regimes.hierarchy import joint_probs, macro_probs, marginal_probs, step_macro
from nija_domain.releases.content import MarketCut, ReleaseContent
from nija_domain.trading.market import Market, WholeState


def state_at_market_cut(cut: MarketCut | None) -> WholeState | None:
    if cut is None:
        return None
    return WholeState(ts_us=cut.ts_us, pending_us=cut.ts_us, features=cut.features, macro=cut.macro)


def with_pending_bar(market: Market, symbol: str, *, ts_us: int) -> Market:
    """A candle of the market's symbols: its bar waits for a row if it has none yet."""
    whole, release = market.whole, market.release
    if whole is None or release is None or release.content.market is None:
        return market
    if ts_us <= whole.pending_us or symbol not in release.content.market.symbols:
        return market
    return replace(market, whole=replace(whole, pending_us=ts_us))


def with_market_row(market: Market, *, through_us: int) -> Market:
    """Add the row of the waiting bar, if that bar is not later than `through_us`."""
    whole, release = market.whole, market.release
    if whole is None or release is None:
        return market
    content = release.content
    if content.hierarchy is None or not whole.ts_us < whole.pending_us <= through_us:
        return market
    row = _row_at(market, content, whole.pending_us)
    features, values = step_market(whole.features, row, content.hierarchy.macro.feature_names)
    stepped = WholeState(
        ts_us=whole.pending_us,
        pending_us=whole.pending_us,
        features=features,
        macro=step_macro(content.hierarchy, whole.macro, values),
    )
    return replace(market, whole=stepped)


def _row_at(market: Market, content: ReleaseContent, ts_us: int) -> MarketRow:
    """The symbols in the release's order; NaN for one without a candle of this bar."""
    symbols = content.market.symbols if content.market else ()
    places = [content.feature_names.index(name) for name in MARKET_READS]
    columns: list[list[float]] = [[], []]
    for symbol in symbols:
        known = market.symbols[symbol]
        for column, place in zip(columns, places, strict=True):
            column.append(known.values[place] if known.ts_us == ts_us else nan)
    returns, volatilities = columns
    leading = volatilities[symbols.index(LEADER)] if LEADER in symbols else nan
    return MarketRow(returns, volatilities, leading)


def market_probs_of(market: Market) -> dict[str, float]:
    """The probabilities of the market's states; without a model of it, from its symbols."""
    release, whole = market.release, market.whole
    if release is not None and release.content.hierarchy is not None and whole is not None:
        return macro_probs(release.content.hierarchy, whole.macro)
    if release is None:
        return market_of_symbols(())
    return market_of_symbols(map(release.filtered_probs, market.symbols.values()))


def joint_probs_of(
    market: Market, symbol: str, *, market_probs: Mapping[str, float]
) -> dict[tuple[str, str], float]:
    """The probability of each pair of market state and regime; independent without a hierarchy.

    `market_probs` are those of this market: all of its symbols share them.
    """
    release, whole, known = market.release, market.whole, market.symbols[symbol]
    if release is None:
        return {}
    if release.content.hierarchy is not None and whole is not None:
        return joint_probs(release.content.hierarchy, macro=whole.macro, micro=known.micro)
    own = release.filtered_probs(known)
    return {
        (macro, micro): probability * share
        for macro, probability in market_probs.items()
        for micro, share in own.items()
    }


def likeliest_of(market: Market, symbol: str) -> tuple[str, float]:
    """The likeliest regime of a symbol and its probability; of equally likely ones, the first."""
    release = market.release
    if release is None or market.has_model:
        probs = regime_probs_of(market, symbol)
        regime = max(probs, key=probs.__getitem__)
        return regime, probs[regime]
    probabilities = market.symbols[symbol].filtered.probabilities
    most = max(probabilities)
    return release.content.regimes.state_names[probabilities.index(most)], most


def regime_probs_of(market: Market, symbol: str) -> dict[str, float]:
    """The probabilities of a symbol's regimes, whatever the state of the market."""
    release, whole, known = market.release, market.whole, market.symbols[symbol]
    if release is None:
        return {}
    if release.content.hierarchy is None or whole is None:
        return release.filtered_probs(known)
    joint = joint_probs(release.content.hierarchy, macro=whole.macro, micro=known.micro)
    return marginal_probs(joint)
