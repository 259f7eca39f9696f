"""What the agents want at the close of a bar: each steps its rule over the symbols of the bar."""

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from nija_domain.events.position_id import CORE
from nija_domain.events.records import SignalGiven
from nija_domain.features.feature import RowReader, reader_of
from nija_domain.strategies.agents import Agent
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.rule import ENTER, NONE, RuleRow, RuleState, Wish
from nija_domain.strategies.shelf import numbers_of, rule_named
from nija_domain.trading.book import Book
from nija_domain.trading.market import ActiveRelease, Market, SymbolState
from nija_domain.trading.market_rows import regime_probs_of
from nija_domain.trading.state import State
from nija_domain.trading.strategy_presets import choice_of, drawn_key


class AgentStep(msgspec.Struct, frozen=True):
    """One agent at one symbol: what it saw, the state of its rule after it, and its wish."""

    key: str
    agent: str
    symbol: str
    choice: StrategyChoice
    row: RuleRow
    rule_state: RuleState
    wish: Wish


def step_agents(state: State, *, ts_us: int, close_us: int) -> Iterator[AgentStep]:
    """Every agent of the release at every symbol that has a candle of this bar, in fixed order."""
    release = state.release
    if release is None:
        return
    known = state.market.symbols
    shown = sorted(symbol for symbol, each in known.items() if each.ts_us == ts_us)
    beliefs = {symbol: _beliefs(state.market, symbol) for symbol in shown}
    names = release.content.feature_names
    for agent in release.content.agents:
        rule = rule_named(agent.strategy.name)
        read = reader_of(rule.reads, names)
        own = numbers_of(agent.strategy)
        held = _bars_held(state.book, agent, release, close_us)
        for symbol in shown:
            choice, key = choice_of(state.book, agent, symbol), drawn_key(agent.name, symbol)
            numbers = own if choice is agent.strategy else numbers_of(choice)
            row = _row(known[symbol], beliefs[symbol], read, held.get(symbol))
            before = state.book.rule_states.get(key, rule.initial)
            after, wish = rule.step(before, row, numbers)
            yield AgentStep(key, agent.name, symbol, choice, row, after, wish)


def _beliefs(market: Market, symbol: str) -> tuple[float, float, float]:
    """How probable Bull, Chop and Bear are."""
    probs = regime_probs_of(market, symbol)
    return probs.get("Bull", 0.0), probs.get("Chop", 0.0), probs.get("Bear", 0.0)


def with_wishes(state: State, *, ts_us: int, close_us: int) -> State:
    """The rules' states and wishes after this bar."""
    steps = [*step_agents(state, ts_us=ts_us, close_us=close_us)]
    signals = (signal_of(made, close_us=close_us) for made in steps)
    book = replace(
        state.book,
        rule_states={**state.book.rule_states, **{made.key: made.rule_state for made in steps}},
        wishes=tuple(signal for signal in signals if signal is not None),
    )
    return replace(state, book=book)


def _row(
    known: SymbolState,
    beliefs: tuple[float, float, float],
    read: RowReader,
    bars_held: int | None,
) -> RuleRow:
    bull, chop, bear = beliefs
    is_held = bars_held is not None
    return RuleRow(known.close, is_held, bars_held or 0, bull, chop, bear, read(known.values))


def _bars_held(book: Book, agent: Agent, release: ActiveRelease, close_us: int) -> dict[str, int]:
    """By symbol, the closes since the entry of the agent's main position was decided.

    A shadow trade counts while the account is halted; how old it is is not told.
    """
    shadow = book.capital.shadow
    held = {s: 1 for s, p in (shadow.positions if shadow else {}).items() if p.is_of(agent.name)}
    for position in book.positions.values():
        if position.agent == agent.name and position.slot.tag == CORE:
            bars = (close_us - position.decided_us) // release.content.timeframe_us
            held[position.symbol] = max(1, bars)
    return held


def signal_of(made: AgentStep, *, close_us: int) -> SignalGiven | None:
    """The wish as a signal; None if it wishes nothing."""
    wish = made.wish
    if wish.action == NONE:
        return None
    return SignalGiven(
        at_us=close_us,
        symbol=made.symbol,
        action="enter" if wish.action == ENTER else "exit",
        share=wish.share,
        stop_fraction=wish.stop_fraction,
        config_id=made.choice.config_id.replace("*", made.symbol),
        reasoning=rule_named(made.choice.name).explain(made.row, wish),
        agent=made.agent,
        target_fraction=wish.target_fraction,
        bars_max=wish.bars_max,
    )
