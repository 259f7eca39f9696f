"""The executor's own core, fed with history.

Orders wait one bar: what is decided at a close trades from the next open on.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import msgspec
import numpy as np
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.evaluation.foresight import Foresight, foresee
from nija_domain.evaluation.quiet_bars import play_quiet
from nija_domain.events import records as ev
from nija_domain.market.candles import CandleHistory
from nija_domain.market.instruments import Instrument
from nija_domain.market.quality.steps import find_steps
from nija_domain.releases.content import ReleaseContent, encode_content
from nija_domain.trading import broker as desk
from nija_domain.trading.commands import Action, LookUp, SendOrder
from nija_domain.trading.core import advance
from nija_domain.trading.due import due_us
from nija_domain.trading.matching import FillModel
from nija_domain.trading.state import State

FORESEEN_MIN = 2_000
"""With fewer candles it takes longer to compile the steps than to interpret them."""


class BacktestPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a back-test depends on; `histories` begin after the content's cut."""

    content: ReleaseContent
    histories: Mapping[str, CandleHistory]
    instruments: Mapping[str, Instrument]
    limits: HardLimits
    fill_model: FillModel
    starting_cash: Decimal


class Backtest(msgspec.Struct, frozen=True):
    """What happened, as the journal of a live session would hold it."""

    events: tuple[ev.JournalEvent, ...]

    @property
    def trades(self) -> tuple[ev.TradeClosed, ...]:
        return tuple(event for event in self.events if isinstance(event, ev.TradeClosed))

    @property
    def rewards(self) -> tuple[ev.PresetRewarded, ...]:
        return tuple(event for event in self.events if isinstance(event, ev.PresetRewarded))

    @property
    def equity(self) -> tuple[ev.EquityMarked, ...]:
        return tuple(event for event in self.events if isinstance(event, ev.EquityMarked))


class _Session(msgspec.Struct, frozen=True):
    """The core beside its broker, and the journal so far."""

    state: State
    broker: desk.Broker
    events: tuple[ev.JournalEvent, ...]


def run_backtest(plan: BacktestPlan, *, is_stepped: bool = False) -> Backtest:
    """Every bar of the histories, in order, through the decision core.

    Bars at which nothing happens are played at once, unless each is to be stepped.
    """
    plan = _with_steps(plan)
    seen = {} if is_stepped else _foreseen(plan)
    session = _Session(State(), desk.Broker(), ())
    bars = _bars(plan.histories)
    start_us = bars[0][0] if bars else 0
    session = _observe(session, _opening(plan, start_us))
    journal: list[ev.JournalEvent] = list(session.events)
    row = 0
    while row < len(bars):
        if seen:
            quiet = play_quiet(session.state, session.broker, seen, row)
            session, row = replace(session, state=quiet.state), quiet.row
            journal += quiet.records
        if row < len(bars):
            session = _trade_bar(replace(session, events=()), plan, *bars[row])
            journal += session.events
            row += 1
    return Backtest(tuple(journal))


def _foreseen(plan: BacktestPlan) -> dict[str, Foresight]:
    """Known beforehand where nothing but the candles of one unbroken grid decides it."""
    content, histories = plan.content, plan.histories
    if sum(map(len, histories.values())) < FORESEEN_MIN:
        return {}
    cuts = {cut.symbol: cut for cut in content.cuts}
    is_plain = (
        content.hierarchy is None
        and not content.confirmed_steps
        and not any(agent.arms.choices for agent in content.agents)
        and histories.keys() == cuts.keys()
        and all(_is_unbroken(histories[s], cuts[s].ts_us, content.timeframe_us) for s in cuts)
        and len({len(history) for history in histories.values()}) == 1
        and len({cut.ts_us for cut in content.cuts}) == 1
    )
    if not is_plain:
        return {}
    return {symbol: foresee(content, cuts[symbol], histories[symbol]) for symbol in sorted(cuts)}


def _is_unbroken(history: CandleHistory, cut_us: int, frame_us: int) -> bool:
    """Whether it begins right after the release's own history and lacks no bar."""
    return bool((np.diff(history.ts_us, prepend=cut_us) == frame_us).all())


def _with_steps(plan: BacktestPlan) -> BacktestPlan:
    """History that is tested has passed the contract: a price that steps in it does so rightly."""
    closes = {cut.symbol: cut.close for cut in plan.content.cuts}
    steps = {}
    for symbol, history in plan.histories.items():
        known = np.concatenate(([closes.get(symbol, np.nan)], history.close))
        rows = find_steps(known) - 1
        if rows.size:
            steps[symbol] = tuple(history.ts_us[rows].tolist())
    return replace(plan, content=replace(plan.content, confirmed_steps=steps)) if steps else plan


def _bars(histories: Mapping[str, CandleHistory]) -> list[tuple[int, dict[str, int]]]:
    """The rows of every symbol by bar, in the order of time."""
    by_time: dict[int, dict[str, int]] = {}
    for symbol, history in sorted(histories.items()):
        for row, ts_us in enumerate(history.ts_us.tolist()):
            by_time.setdefault(ts_us, {})[symbol] = row
    return sorted(by_time.items())


def _opening(plan: BacktestPlan, at_us: int) -> Iterator[ev.JournalEvent]:
    yield ev.LimitsRead(at_us=at_us, content=msgspec.json.encode(plan.limits).decode())
    for instrument in plan.instruments.values():
        yield ev.InstrumentListed(at_us=at_us, **msgspec.structs.asdict(instrument))
    yield ev.FundsMoved(at_us=at_us, amount=plan.starting_cash, reason="starting cash")
    content = encode_content(plan.content)
    yield ev.ReleaseActivated(
        at_us=at_us, release_id="backtest", fingerprint="backtest", content=content
    )


def _trade_bar(
    session: _Session, plan: BacktestPlan, ts_us: int, rows: Mapping[str, int]
) -> _Session:
    """First what the bar does to resting orders, then what is decided at its close."""
    close_us = ts_us + plan.content.timeframe_us
    for symbol, row in rows.items():
        traded = desk.trade_bar(
            session.broker,
            symbol,
            plan.histories[symbol].bar(row),
            at_us=close_us,
            instrument=plan.instruments[symbol],
            model=plan.fill_model,
        )
        session = _observe(replace(session, broker=traded.broker), traded.events)
    session = _observe(session, _closing(plan, rows, close_us, ts_us))
    due = due_us(session.state)
    if due is None or due > close_us:
        return session
    return _observe(session, [ev.TimePassed(at_us=close_us)])


def _closing(
    plan: BacktestPlan, rows: Mapping[str, int], close_us: int, ts_us: int
) -> Iterator[ev.JournalEvent]:
    for symbol, row in rows.items():
        candle = plan.histories[symbol].candle(row)
        yield ev.CandleClosed(at_us=close_us, **msgspec.structs.asdict(candle))
    yield ev.BarClosed(at_us=close_us, ts_us=ts_us)
    yield ev.DecisionDue(at_us=close_us, ts_us=ts_us)


def _observe(session: _Session, events: Iterable[ev.JournalEvent]) -> _Session:
    """What happened is folded to its end before anything is done about it, as the executor does.

    A bar is over when it is told: to cancel a stop that filled later in it would sell twice.
    """
    state, records, actions = session.state, list[ev.JournalEvent](), list[tuple[Action, int]]()
    for event in events:
        advanced = advance(state, event)
        state = advanced.state
        records += advanced.records
        actions += [(action, event.at_us) for action in advanced.actions]
    session = _Session(state, session.broker, (*session.events, *records))
    answers: list[ev.JournalEvent] = []
    for action, at_us in actions:
        acted = _act(session, action, at_us)
        session = replace(session, broker=acted.broker)
        answers += acted.events
    return _observe(session, answers) if answers else session


def _act(session: _Session, action: Action, at_us: int) -> desk.Brokered:
    if isinstance(action, LookUp):
        return desk.Brokered(session.broker, ())
    if isinstance(action, SendOrder):
        order = session.state.book.orders.live[action.order.client_id]
        return desk.place(
            session.broker,
            action.order,
            release_id=order.release_id,
            position_id=str(order.position_id),
            at_us=at_us,
        )
    return desk.cancel(session.broker, action.order_id, at_us=at_us)
