"""Which preset each agent trades a symbol with, and what that paid.

An agent without a position in the symbol draws again after an interval. With a position or an open
order it keeps its preset, so that a trade ends under the rules that it began with.
"""

from hashlib import sha256
from math import isfinite, sqrt

from msgspec.structs import replace

from nija_domain.events.position_id import agent_of
from nija_domain.events.records import PresetChosen, PresetRewarded, TradeClosed
from nija_domain.events.session_records import AGENTS_IN_CORE
from nija_domain.market.timeframes import HOUR_US, YEAR_US
from nija_domain.policies.bandit import Observed, choose, context_of, prior
from nija_domain.releases.content import ReleaseContent
from nija_domain.strategies.agents import Agent
from nija_domain.strategies.arms import believe
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.trading.book import Book
from nija_domain.trading.market import ActiveRelease, SymbolState
from nija_domain.trading.market_rows import regime_probs_of
from nija_domain.trading.state import State

INTERVAL_US = 4 * HOUR_US
REWARDS_MAX = 2_000
"""Rewards kept in the state, so that the beliefs of a new release can take them in."""

UNIFORM_BITS = 53


def draw_presets(state: State, *, ts_us: int | None, at_us: int) -> tuple[PresetChosen, ...]:
    """Draw a preset for each agent and free symbol of this bar whose last draw is old enough.

    At the activation of a release there is no bar: all its symbols count.
    """
    release = state.release
    if release is None:
        return ()
    return tuple(
        _draw(state, release, agent, symbol, at_us=at_us)
        for agent in release.content.agents
        if agent.arms.choices
        for symbol in sorted(release.content.universe)
        if _is_due(state, agent, symbol, ts_us=ts_us, at_us=at_us)
        and isfinite(_volatility(release, state.market.symbols[symbol]))
    )


def _is_due(state: State, agent: Agent, symbol: str, *, ts_us: int | None, at_us: int) -> bool:
    symbol_state, book = state.market.symbols.get(symbol), state.book
    if symbol_state is None or ts_us not in {None, symbol_state.ts_us}:
        return False
    last = book.chosen.get(drawn_key(agent.name, symbol))
    if last is not None and last.at_us // INTERVAL_US == at_us // INTERVAL_US:
        return False
    return not book.is_at_work(agent.name, symbol)


def drawn_key(agent: str, symbol: str) -> str:
    return f"{agent}/{symbol}"


def _draw(
    state: State, release: ActiveRelease, agent: Agent, symbol: str, *, at_us: int
) -> PresetChosen:
    choices = agent.arms.of_symbol(symbol)
    beliefs = {config_id: state.book.beliefs.get(config_id) or prior() for config_id in choices}
    symbol_state = state.market.symbols[symbol]
    context = context_of(
        regime_probs_of(state.market, symbol), annual_volatility=_volatility(release, symbol_state)
    )
    # Before agents ran inside the core there was one, and the occasion did not name it.
    drawer = symbol if state.rules < AGENTS_IN_CORE else f"{agent.name}:{symbol}"
    drawn = choose(beliefs, context, uniform_of(f"{release.release_id}:{drawer}:{at_us}"))
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


def choice_of(book: Book, agent: Agent, symbol: str) -> StrategyChoice:
    """The agent's preset in a symbol now; if none was drawn, its own strategy."""
    chosen = book.chosen.get(drawn_key(agent.name, symbol)) if book.chosen else None
    if chosen is None:
        return agent.strategy
    of_any_symbol = chosen.config_id.replace(symbol, "*")
    return StrategyChoice(agent.strategy.name, of_any_symbol, chosen.parameters)


def reward_preset(state: State, trade: TradeClosed) -> tuple[PresetRewarded, ...]:
    """The net return of the trade, for the preset that it was entered with."""
    chosen = state.book.chosen.get(_key_of(trade))
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


def _key_of(event: PresetChosen | PresetRewarded | TradeClosed) -> str:
    return drawn_key(agent_of(event.config_id), event.symbol)


def with_chosen(state: State, event: PresetChosen) -> State:
    chosen = {**state.book.chosen, _key_of(event): event}
    return replace(state, book=replace(state.book, chosen=chosen))


def with_reward(state: State, event: PresetRewarded) -> State:
    """The belief changes at once, and the agent draws again at the next bar."""
    book, key = state.book, _key_of(event)
    rewarded = replace(
        book,
        beliefs=believe(book.beliefs, [_observed(event)]),
        rewards=(*book.rewards, event)[-REWARDS_MAX:],
        chosen={name: chosen for name, chosen in book.chosen.items() if name != key},
    )
    return replace(state, book=rewarded)


def with_arms(state: State, content: ReleaseContent) -> State:
    """A new release's beliefs include all rewards so far; busy agents keep their preset."""
    book = state.book
    beliefs = {
        config_id: belief
        for agent in content.agents
        for config_id, belief in agent.arms.beliefs.items()
    }
    armed = replace(
        book,
        beliefs=believe(beliefs, map(_observed, book.rewards)),
        chosen={
            key: chosen
            for key, chosen in sorted(book.chosen.items())
            if book.is_at_work(agent_of(chosen.config_id), chosen.symbol)
        },
    )
    return replace(state, book=armed)


def _observed(event: PresetRewarded) -> tuple[str, Observed]:
    return event.config_id, Observed(event.context, event.reward)
