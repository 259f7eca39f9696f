"""What the core shows a strategy at the close of a bar, and the strategy's answer."""

from nija_domain.events.records import SignalGiven
from nija_domain.strategies.contract import StrategyChoice, SymbolView
from nija_domain.strategies.signals import signals_of
from nija_domain.trading.market_rows import regime_probs_of
from nija_domain.trading.state import ActiveRelease, State
from nija_domain.trading.strategy_presets import choice_of


def symbol_views(state: State, release: ActiveRelease, *, ts_us: int) -> tuple[SymbolView, ...]:
    """The symbols that have a candle of this bar, in the order of their names."""
    names = release.content.feature_names
    return tuple(
        SymbolView(
            symbol=symbol,
            price=market.close,
            features=dict(zip(names, market.values, strict=True)),
            filtered_probs=regime_probs_of(state, symbol),
            is_held=symbol in state.held_symbols,
        )
        for symbol, market in sorted(state.symbols.items())
        if market.ts_us == ts_us
    )


def ask_strategy(
    state: State, release: ActiveRelease, *, ts_us: int, close_us: int
) -> tuple[SignalGiven, ...]:
    """Ask each strategy once, with all symbols; it answers for those that trade under it."""
    views = symbol_views(state, release, ts_us=ts_us)
    choices = {view.symbol: choice_of(state, release.content, view.symbol) for view in views}
    asked: list[StrategyChoice] = []
    for choice in choices.values():
        if choice not in asked:
            asked.append(choice)
    return tuple(
        signal
        for choice in asked
        for signal in signals_of(views, choice, close_us)
        if choices.get(signal.symbol) == choice
    )
