"""What a decision works out once is what a walk over the whole book would find at each signal."""

from functools import cache

from msgspec.structs import astuple, replace

from nija_domain.capital.limits import HardLimits
from nija_domain.evaluation.backtest import run_backtest
from nija_domain.events import records as ev
from nija_domain.strategies.agents import shipped_agents
from nija_domain.trading.at_work import COST_RATE, at_work_in
from nija_domain.trading.book import Book
from nija_domain.trading.core import advance
from nija_domain.trading.decide import decide
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State
from tests.fakes.stages import plan_backtest
from tests.fakes.stands import CHURN

WIDE = HardLimits(
    max_open_positions=100,
    max_entries_per_hour=1_000,
    max_orders_per_minute=1_000,
    max_trade_share=0.9,
    max_position_share=0.9,
)
"""Only what is at work already makes an entry smaller."""


@cache
def _decisions() -> tuple[tuple[State, ev.DecisionDue], ...]:
    """The state at each decision of a session in which four agents trade three symbols at once."""
    plan = plan_backtest(bars=120, seed=6, limits=WIDE)
    eager, *others = shipped_agents("aggressive")
    agents = (replace(eager, strategy=CHURN), *others)
    sizing = replace(plan.content.sizing, base_fraction=0.9)
    content = replace(plan.content, agents=agents, envelope=WIDE, sizing=sizing)
    state, found = State(), list[tuple[State, ev.DecisionDue]]()
    for event in run_backtest(replace(plan, content=content)).events:
        if isinstance(event, ev.DERIVED):
            continue
        if isinstance(event, ev.DecisionDue):
            found.append((fold(state, event), event))
        state = advance(state, event).state
    return tuple(found)


def _one_at_a_time(state: State, due: ev.DecisionDue) -> tuple[ev.JournalEvent, ...]:
    """Each signal decided as if it were the only one of its bar, on the books that it finds."""
    made = list[ev.JournalEvent]()
    for signal in sorted(state.book.signals, key=lambda s: (s.action != "exit", s.symbol)):
        alone = replace(state, book=replace(state.book, signals=(signal,)))
        records = decide(alone, due)
        for record in records:
            state = fold(state, record)
        made += records
    return tuple(made)


def test_a_bar_is_decided_as_if_its_signals_came_one_at_a_time() -> None:
    """Nothing that a decision remembers outlives the order that changes it."""
    crowded = [each for each in _decisions() if len(each[0].book.signals) > 1]
    made = [decide(state, due) for state, due in crowded]

    assert made == [_one_at_a_time(state, due) for state, due in crowded]
    assert any(len([r for r in each if isinstance(r, ev.OrderIntended)]) > 1 for each in made)


def test_what_an_entry_adds_is_what_a_walk_finds_after_it() -> None:
    """Each of its fields, equal to the bit."""
    added = 0
    for state, due in _decisions():
        work = at_work_in(state.book)
        for record in decide(state, due):
            state = fold(state, record)  # noqa: PLW2901 - as the decision goes on
            if not isinstance(record, ev.OrderIntended) or record.role != "entry":
                work = at_work_in(state.book)
                continue
            work = work.with_entry(state.book, state.book.orders.live[record.order_id])
            added += 1

            assert astuple(work) == astuple(at_work_in(state.book))
    assert added > 50


def _slowly(book: Book, *, agent: str | None = None, symbol: str | None = None) -> float:
    """Cash that entries can still use, and positions at cost, summed over everything that fits."""
    pending, held = 0.0, 0.0
    for order in book.orders.live.values():
        is_asked = agent in {None, order.slot.agent} and symbol in {None, order.symbol}
        if is_asked and order.role == "entry" and order.intent is not None:
            left = float(order.quantity - order.filled_quantity)
            pending += left * order.intent.decision_price * (1.0 + COST_RATE)
    for position in book.positions.values():
        is_asked = agent in {None, position.agent} and symbol in {None, position.symbol}
        if is_asked and position.entered_quantity > 0:
            left_share = position.quantity / position.entered_quantity
            held += float(position.cost * left_share + position.fees)
    return pending + held


def test_money_at_work_is_that_of_a_walk_over_everything() -> None:
    """In all, by agent and by symbol, equal to the bit."""
    for state, _ in _decisions():
        book, work = state.book, at_work_in(state.book)
        slots = book.slots_at_work()

        assert work.total == _slowly(book)
        assert all(work.of_agent(s.agent) == _slowly(book, agent=s.agent) for s in slots)
        assert all(work.in_symbol(s.symbol) == _slowly(book, symbol=s.symbol) for s in slots)
        assert sum(map(len, work.live.values())) == len(book.orders.live)
        assert work.slots == slots
