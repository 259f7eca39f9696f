"""Which preset each symbol trades with, and what that paid.

A symbol without a position draws again after an interval. One with a position or an open order
keeps its preset, so that a trade ends under the rules that it began with.
"""

from hashlib import sha256
from math import isfinite, sqrt

from msgspec.structs import replace

from nija_domain.events.records import BarClosed, PresetChosen, PresetRewarded, TradeClosed
from nija_domain.market.timeframes import HOUR_US, YEAR_US
from nija_domain.policies.bandit import Observed, choose, context_of, prior
from nija_domain.releases.content import ReleaseContent
from nija_domain.strategies.arms import believe
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.trading.market_rows import regime_probs_of
from nija_domain.trading.state import ActiveRelease, State, SymbolState

INTERVAL_US = 4 * HOUR_US
REWARDS_MAX = 2_000
"""Rewards kept in the state, so that the beliefs of a new release can take them in."""

UNIFORM_BITS = 53


def draw_presets(state: State, event: BarClosed) -> tuple[PresetChosen, ...]:
    """Draw a preset for each free symbol of the release whose last draw is old enough."""
    release = state.release
    if release is None or not release.content.arms.choices:
        return ()
    return tuple(
        _draw(state, release, symbol, at_us=event.at_us)
        for symbol in sorted(release.content.universe)
        if _is_due(state, symbol, event) and isfinite(_volatility(release, state.symbols[symbol]))
    )


def _is_due(state: State, symbol: str, event: BarClosed) -> bool:
    symbol_state, last = state.symbols.get(symbol), state.chosen.get(symbol)
    if symbol_state is None or symbol_state.ts_us != event.ts_us:
        return False
    if symbol in state.positions or state.live_orders(symbol):
        return False
    return last is None or last.at_us // INTERVAL_US != event.at_us // INTERVAL_US


def _draw(state: State, release: ActiveRelease, symbol: str, *, at_us: int) -> PresetChosen:
    choices = release.content.arms.of_symbol(symbol)
    beliefs = {config_id: state.beliefs.get(config_id) or prior() for config_id in choices}
    symbol_state = state.symbols[symbol]
    context = context_of(
        regime_probs_of(state, symbol), annual_volatility=_volatility(release, symbol_state)
    )
    drawn = choose(beliefs, context, uniform_of(f"{release.release_id}:{symbol}:{at_us}"))
    return PresetChosen(
        at_us=at_us,
        symbol=symbol,
        config_id=drawn.config_id,
        parameters=choices[drawn.config_id].parameters,
        propensity=drawn.propensity,
        context=context,
        release_id=release.release_id,
    )


def _volatility(release: ActiveRelease, symbol_state: SymbolState) -> float:
    content = release.content
    features = dict(zip(content.feature_names, symbol_state.values, strict=True))
    return features["ewma_volatility"] * sqrt(YEAR_US / content.timeframe_us)


def uniform_of(occasion: str) -> float:
    """A number in [0, 1) that is always the same for the same occasion, so a replay matches."""
    digest = int.from_bytes(sha256(occasion.encode()).digest()[:8])
    return (digest >> (64 - UNIFORM_BITS)) / 2.0**UNIFORM_BITS


def choice_of(state: State, content: ReleaseContent, symbol: str) -> StrategyChoice:
    """The symbol's preset now; if none was drawn, the release's own strategy."""
    chosen = state.chosen.get(symbol)
    if chosen is None:
        return content.strategy
    of_any_symbol = chosen.config_id.replace(symbol, "*")
    return StrategyChoice(content.strategy.name, of_any_symbol, chosen.parameters)


def reward_preset(state: State, trade: TradeClosed) -> tuple[PresetRewarded, ...]:
    """The net return of the trade, for the preset that it was entered with."""
    chosen = state.chosen.get(trade.symbol)
    if chosen is None or chosen.config_id != trade.config_id:
        return ()
    net_return = (trade.gross - trade.fees) / (trade.quantity * trade.entry_price)
    return (
        PresetRewarded(
            at_us=trade.at_us,
            symbol=trade.symbol,
            config_id=chosen.config_id,
            context=chosen.context,
            propensity=chosen.propensity,
            reward=float(net_return),
        ),
    )


def with_chosen(state: State, event: PresetChosen) -> State:
    return replace(state, chosen={**state.chosen, event.symbol: event})


def with_reward(state: State, event: PresetRewarded) -> State:
    """The belief changes at once, and the symbol draws again at the next bar."""
    return replace(
        state,
        beliefs=believe(state.beliefs, [_observed(event)]),
        rewards=(*state.rewards, event)[-REWARDS_MAX:],
        chosen={s: chosen for s, chosen in state.chosen.items() if s != event.symbol},
    )


def with_arms(state: State, content: ReleaseContent) -> State:
    """A new release's beliefs include all rewards so far; busy symbols keep their preset."""
    busy = {s for s in state.chosen if s in state.positions or state.live_orders(s)}
    return replace(
        state,
        beliefs=believe(content.arms.beliefs, map(_observed, state.rewards)),
        chosen={symbol: state.chosen[symbol] for symbol in sorted(busy)},
    )


def _observed(event: PresetRewarded) -> tuple[str, Observed]:
    return event.config_id, Observed(event.context, event.reward)
