"""What the core shows a strategy at the close of a bar."""

from nija_domain.strategies.contract import SymbolView
from nija_domain.trading.decide import filtered_probs
from nija_domain.trading.state import ActiveRelease, State


def symbol_views(state: State, release: ActiveRelease, *, ts_us: int) -> tuple[SymbolView, ...]:
    """The symbols that have a candle of this bar, in the order of their names."""
    names = release.content.feature_names
    return tuple(
        SymbolView(
            symbol=symbol,
            price=market.close,
            features=dict(zip(names, market.values, strict=True)),
            filtered_probs=filtered_probs(release, market),
            is_held=symbol in state.positions,
        )
        for symbol, market in sorted(state.symbols.items())
        if market.ts_us == ts_us
    )
