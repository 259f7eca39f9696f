"""The account behind every size: a fold over the journal, exact to the cent."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

import msgspec
from msgspec.structs import replace

from nija_domain.capital import compounding, milestones, protection
from nija_domain.capital.adaptation import bounded_share
from nija_domain.capital.compounding import REINVESTED_SHARE, Buckets, in_cents
from nija_domain.capital.milestones import Milestones
from nija_domain.capital.performance import WINDOW_DAYS, DayClose
from nija_domain.capital.presets import PRESETS
from nija_domain.capital.protection import Protection
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.events.version_1 import UNTOLD
from nija_domain.market.money import ZERO
from nija_domain.market.timeframes import DAY_US, utc_date, utc_day

SHARE_PARAMETER = "reinvested_share"
UNDOES = "undoes_at_us"
DAYS_KEPT = WINDOW_DAYS + 2
NOTHING = -0.0
"""What is added to it keeps every bit, even the sign of a zero."""
MOVES_KEPT = 200
ACHIEVEMENTS_KEPT = 20


class TradeResult(msgspec.Struct, frozen=True, gc=False):
    """`net_return` is relative to the equity when the trade closed."""

    at_us: int
    regime: str
    net_return: float


TradesByDay = dict[str, tuple[TradeResult, ...]]


class ShadowPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A position of the shadow trades while the account is halted; nothing is sent."""

    agent: str
    quantity: Decimal
    price: Decimal
    stop_price: Decimal
    fee: Decimal

    def is_of(self, agent: str) -> bool:
        """Older journals do not tell the agent: there was one."""
        return self.agent in {agent, UNTOLD}


class ShadowAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What shadow trades have earned."""

    equity: Decimal
    wins: int = 0
    positions: dict[str, ShadowPosition] = {}


class Capital(msgspec.Struct, frozen=True, kw_only=True):
    """`realised` is the sum of the buckets before rounding to cents; `deposits` are net.

    `index` grows with returns only, from 1; `moves` are the adaptive changes that can be undone.
    `trades` go back by UTC day as far as what is learned of them.
    """

    buckets: Buckets = Buckets()
    realised: Decimal = ZERO
    deposits: Decimal = ZERO
    protection: Protection = Protection()
    milestones: Milestones = Milestones()
    achievements: tuple[cap.MilestoneReached, ...] = ()
    preset: str = "moderate"
    share: Decimal = REINVESTED_SHARE["moderate"]
    tuned: dict[str, float] = {}
    moves: tuple[cap.CapitalTuned, ...] = ()
    held_until_us: int = 0
    first_us: int | None = None
    index: float = 1.0
    days: tuple[DayClose, ...] = ()
    trades: TradesByDay = {}
    shadow: ShadowAccount | None = None

    @property
    def results(self) -> Iterator[TradeResult]:
        """Every trade of the days that are kept, in the order of their ends."""
        return chain.from_iterable(self.trades.values())

    @property
    def profit(self) -> Decimal:
        """Everything ever earned, without deposits and withdrawals."""
        return self.realised - self.deposits

    @property
    def chosen_share(self) -> Decimal:
        return REINVESTED_SHARE[PRESETS[self.preset].compounding]


def fold_capital(capital: Capital, event: ev.JournalEvent) -> Capital:
    change = _CHANGES.get(type(event))
    return change(capital, event) if change else capital


def with_preset(capital: Capital, preset: str) -> Capital:
    """A new preset starts with its own share; the same preset keeps what it learned."""
    if preset == capital.preset:
        return capital
    chosen = REINVESTED_SHARE[PRESETS[preset].compounding]
    return replace(capital, preset=preset, share=chosen, tuned={}, moves=())


def _funds_moved(capital: Capital, event: ev.FundsMoved) -> Capital:
    """A deposit or withdrawal is no gain and no loss: it moves every mark with it."""
    realised = capital.realised + event.amount
    cents = in_cents(realised) - capital.buckets.total
    reached = capital.milestones
    if event.amount > 0:
        reached = milestones.pass_by_funds(reached, realised)
    return replace(
        capital,
        buckets=compounding.move_funds(capital.buckets, cents),
        realised=realised,
        deposits=capital.deposits + event.amount,
        protection=protection.move_equity(capital.protection, event.amount),
        milestones=reached,
        first_us=event.at_us if capital.first_us is None else capital.first_us,
    )


def _equity_marked(capital: Capital, event: ev.EquityMarked) -> Capital:
    return with_marks(capital, (event.equity,), at_us=event.at_us)


def with_marks(capital: Capital, equities: Sequence[Decimal], *, at_us: int) -> Capital:
    """After some marks of one day, the first of them at `at_us`.

    The mark that closes a day takes the place of the day's earlier ones.
    """
    day, days = utc_day(at_us), capital.days
    before, index = capital.protection.equity, capital.index
    is_known = bool(days) and days[-1].day == day
    profit = days[-1].profit if is_known else NOTHING
    for equity in equities:
        index *= float(equity / before) if before > 0 and equity > 0 else 1.0
        profit += float(equity - before)
        before = equity
    earlier = days[:-1] if is_known else days
    return replace(
        capital,
        protection=protection.mark_equities(capital.protection, equities),
        index=index,
        days=(*earlier, DayClose(day, index, profit))[-DAYS_KEPT:],
        first_us=at_us if capital.first_us is None else capital.first_us,
    )


def _trade_closed(capital: Capital, event: ev.TradeClosed) -> Capital:
    net = event.gross - event.fees
    realised = capital.realised + net
    cents = in_cents(realised) - capital.buckets.total
    equity = float(capital.protection.equity)
    result = TradeResult(event.at_us, event.regime, float(net) / equity if equity > 0.0 else 0.0)
    return replace(
        capital,
        buckets=compounding.book_trade(capital.buckets, cents, share=capital.share),
        realised=realised,
        protection=protection.count_trade(capital.protection, net),
        trades=_with_result(capital.trades, result),
    )


def _with_result(trades: TradesByDay, result: TradeResult) -> TradesByDay:
    """A trade costs the same however many others there were within the window."""
    day, oldest = utc_date(result.at_us), utc_date(result.at_us - WINDOW_DAYS * DAY_US)
    recent = {each: trades[each] for each in trades if each >= oldest}
    return {**recent, day: (*recent.get(day, ()), result)}


def _protection_changed(capital: Capital, event: cap.ProtectionChanged) -> Capital:
    changed = protection.with_level(capital.protection, protection.level_named(event.after))
    if event.halting_equity is not None:
        changed = replace(changed, trough=changed.equity, halting_equity=event.halting_equity)
    shadow = ShadowAccount(equity=changed.equity) if event.after == "HALT" else None
    return replace(capital, protection=changed, shadow=shadow)


def _milestone_reached(capital: Capital, event: cap.MilestoneReached) -> Capital:
    buckets, _ = compounding.lock_profit(capital.buckets, event.locked)
    return replace(
        capital,
        buckets=buckets,
        milestones=milestones.reach(capital.milestones, event.rung, profit=capital.profit),
        achievements=(*capital.achievements, event)[-ACHIEVEMENTS_KEPT:],
    )


def _capital_tuned(capital: Capital, event: cap.CapitalTuned) -> Capital:
    """What moves back an earlier move takes it off the list, and holds it off for a window."""
    moves, held_until_us = capital.moves, capital.held_until_us
    if UNDOES in event.evidence:
        moves = tuple(m for m in moves if not _is_undone(m, event))
    if len(moves) < len(capital.moves):
        held_until_us = event.at_us + WINDOW_DAYS * DAY_US
    else:
        moves = (*moves, event)[-MOVES_KEPT:]
    capital = replace(capital, moves=moves, held_until_us=held_until_us)
    if event.parameter == SHARE_PARAMETER:
        share = Decimal(repr(event.after))
        return replace(capital, share=bounded_share(share, chosen=capital.chosen_share))
    return replace(capital, tuned={**capital.tuned, event.parameter: event.after})


def _is_undone(move: cap.CapitalTuned, event: cap.CapitalTuned) -> bool:
    return move.parameter == event.parameter and event.evidence[UNDOES] == float(move.at_us)


def _shadow_entered(capital: Capital, event: cap.ShadowEntered) -> Capital:
    if capital.shadow is None:
        return capital
    bought = ShadowPosition(
        agent=event.agent,
        quantity=event.quantity,
        price=event.price,
        stop_price=event.stop_price,
        fee=event.fee,
    )
    positions = {**capital.shadow.positions, event.symbol: bought}
    return replace(capital, shadow=replace(capital.shadow, positions=positions))


def _shadow_closed(capital: Capital, event: cap.ShadowClosed) -> Capital:
    shadow = capital.shadow
    if shadow is None:
        return capital
    net = event.gross - event.fees
    left = {symbol: p for symbol, p in shadow.positions.items() if symbol != event.symbol}
    wins = shadow.wins + 1 if net > 0 else 0
    return replace(
        capital, shadow=ShadowAccount(equity=shadow.equity + net, wins=wins, positions=left)
    )


_CHANGES: dict[type, Callable[[Capital, Any], Capital]] = {
    ev.FundsMoved: _funds_moved,
    ev.FundsFound: _funds_moved,
    ev.EquityMarked: _equity_marked,
    ev.TradeClosed: _trade_closed,
    cap.ProtectionChanged: _protection_changed,
    cap.MilestoneReached: _milestone_reached,
    cap.CapitalTuned: _capital_tuned,
    cap.ShadowEntered: _shadow_entered,
    cap.ShadowClosed: _shadow_closed,
}
