"""What a new release changes: each symbol starts from its cut."""

from math import nan

from msgspec.structs import replace

from nija_domain.capital.account import with_preset
from nija_domain.capital.limits import tightened
from nija_domain.events.records import ReleaseActivated
from nija_domain.features.stream import initial_states
from nija_domain.regimes.filter import initial_filter
from nija_domain.regimes.hierarchy import initial_micro
from nija_domain.releases.content import ReleaseContent, SymbolCut, decode_content
from nija_domain.trading.market import ActiveRelease, Market, SymbolState
from nija_domain.trading.market_rows import state_at_market_cut
from nija_domain.trading.state import State
from nija_domain.trading.strategy_presets import with_arms


def activate(state: State, event: ReleaseActivated) -> State:
    """A symbol without a cut keeps its features, not its regime."""
    content = decode_content(event.content)
    known = state.market.symbols
    symbols = {
        symbol: _carried_over(each, state.release, content) for symbol, each in known.items()
    }
    for cut in content.cuts:
        symbols[cut.symbol] = _state_at_cut(cut, known.get(cut.symbol))
    market = Market(
        release=ActiveRelease(event.release_id, event.fingerprint, content),
        before=_before(state.market, event),
        left=event.left,
        symbols=symbols,
        whole=state_at_market_cut(content.market),
    )
    trained_us = {cut.symbol: cut.ts_us for cut in content.cuts}
    capital = with_preset(state.book.capital, content.sizing.preset)
    after = replace(
        state,
        market=market,
        book=replace(state.book, signals=(), capital=capital),
        restrictions=state.restrictions.trained_until(trained_us),
    )
    return with_arms(with_limits(after), content)


def _before(market: Market, event: ReleaseActivated) -> ActiveRelease | None:
    """After a roll-back there is nothing to return to: the one before lost too much."""
    if event.left:
        return None
    known = market.release
    return market.before if known and known.release_id == event.release_id else known


def with_limits(state: State) -> State:
    """The limits in force follow from those that were read and from the release."""
    if state.limits is None or state.release is None:
        return replace(state, limits_in_force=state.limits)
    return replace(state, limits_in_force=tightened(state.limits, state.release.content.envelope))


def _carried_over(
    known: SymbolState, before: ActiveRelease | None, content: ReleaseContent
) -> SymbolState:
    """Features that both releases have continue; others warm up again."""
    anew = begin_anew(replace(known, regime=""), content)
    if before is not None and before.content.feature_names == content.feature_names:
        return replace(anew, features=known.features, values=known.values)
    return anew


def begin_anew(known: SymbolState, content: ReleaseContent) -> SymbolState:
    """Features and filters that remember nothing of before."""
    names = content.feature_names
    return replace(
        known,
        features=initial_states(names),
        values=(nan,) * len(names),
        filtered=initial_filter(content.regimes),
        micro=initial_micro(content.hierarchy) if content.hierarchy else {},
    )


def _state_at_cut(cut: SymbolCut, known: SymbolState | None) -> SymbolState:
    marked_us, mark_price = cut.ts_us, cut.close
    if known and known.marked_us > cut.ts_us:
        marked_us, mark_price = known.marked_us, known.mark_price
    return SymbolState(
        ts_us=cut.ts_us,
        close=cut.close,
        features=cut.features,
        values=cut.values,
        filtered=cut.filtered,
        micro=cut.micro,
        marked_us=marked_us,
        mark_price=mark_price,
    )
