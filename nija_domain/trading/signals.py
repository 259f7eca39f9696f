"""What the agents want at the close of a bar: each steps its rule over the symbols of the bar."""

from collections.abc import Iterator

import msgspec
from msgspec.structs import replace

from nija_domain.events.position_id import CORE, Slot
from nija_domain.events.records import SignalGiven
from nija_domain.strategies.agents import Agent
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.rule import ENTER, NONE, RuleRow, RuleState, Wish
from nija_domain.strategies.shelf import numbers_of, rule_named
from nija_domain.trading.book import Book
from nija_domain.trading.market import ActiveRelease, SymbolState
from nija_domain.trading.market_rows import regime_probs_of
from nija_domain.trading.state import State
from nija_domain.trading.strategy_presets import choice_of, drawn_key


class AgentStep(msgspec.Struct, frozen=True, kw_only=True):
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
    shown = sorted(s for s, known in state.market.symbols.items() if known.ts_us == ts_us)
    probs = {symbol: regime_probs_of(state.market, symbol) for symbol in shown}
    for agent in release.content.agents:
        for symbol in shown:
            yield _step(state, release, agent, symbol, probs[symbol], close_us)


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


def _step(
    state: State,
    release: ActiveRelease,
    agent: Agent,
    symbol: str,
    probs: dict[str, float],
    close_us: int,
) -> AgentStep:
    choice = choice_of(state.book, agent, symbol)
    rule, key = rule_named(choice.name), drawn_key(agent.name, symbol)
    bars_held = bars_held_of(state.book, Slot(agent.name, symbol, CORE), release, close_us)
    known = state.market.symbols[symbol]
    row = RuleRow(
        price=known.close,
        is_held=bars_held is not None,
        bars_held=bars_held or 0,
        bull=probs.get("Bull", 0.0),
        chop=probs.get("Chop", 0.0),
        bear=probs.get("Bear", 0.0),
        values=_values(release, known, rule.reads),
    )
    before = state.book.rule_states.get(key, rule.initial)
    after, wish = rule.step(before, row, numbers_of(choice))
    return AgentStep(
        key=key,
        agent=agent.name,
        symbol=symbol,
        choice=choice,
        row=row,
        rule_state=after,
        wish=wish,
    )


def _values(
    release: ActiveRelease, known: SymbolState, reads: tuple[str, ...]
) -> tuple[float, ...]:
    names = release.content.feature_names
    return tuple(known.values[names.index(name)] for name in reads)


def bars_held_of(book: Book, slot: Slot, release: ActiveRelease, close_us: int) -> int | None:
    """The closes since the entry was decided; None while nothing is held.

    A shadow trade counts while the account is halted; how old it is is not told.
    """
    position = book.in_slot(slot)
    if position is not None:
        return max(1, (close_us - position.decided_us) // release.content.timeframe_us)
    shadow = book.capital.shadow
    held = shadow.positions.get(slot.symbol) if shadow else None
    return 1 if held is not None and held.is_of(slot.agent) else None


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
