"""The size of an entry, from the signal and the account."""

from math import sqrt

from nija_domain.capital.capital_regimes import joint_regime_probs
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import EntryRequest, Sizing, size_entry
from nija_domain.capital.tuner import with_tuning
from nija_domain.events.position_id import Slot
from nija_domain.events.records import Signal
from nija_domain.market.timeframes import YEAR_US
from nija_domain.policies.head import wish_exposure
from nija_domain.policies.rewards import expect_return
from nija_domain.trading.book import Book, Position
from nija_domain.trading.market import ActiveRelease
from nija_domain.trading.market_rows import joint_probs_of, regime_probs_of
from nija_domain.trading.orders import Order
from nija_domain.trading.state import State

COST_RATE = 0.01
"""Fee, spread and slippage that free cash must still cover."""


def size_signal(
    state: State,
    release: ActiveRelease,
    limits: HardLimits,
    signal: Signal,
    *,
    protection_multiplier: float,
) -> Sizing:
    """The full waterfall; back-test, paper and live all use it."""
    content, book = release.content, state.book
    symbol_state, sizing = state.market.symbols[signal.symbol], content.sizing
    features = dict(zip(content.feature_names, symbol_state.values, strict=True))
    probs = regime_probs_of(state.market, signal.symbol)
    exposure = wish_exposure(content.policy, probs)
    rewards = sizing.rewards
    request = EntryRequest(
        tradable=float(book.capital.buckets.tradable),
        portfolio_value=float(book.purse.equity),
        free_cash=float(book.purse.cash) - pending_in(book),
        annual_volatility=features["ewma_volatility"] * sqrt(YEAR_US / content.timeframe_us),
        expected_return=expect_return(rewards, probs, exposure=exposure) if rewards else None,
        regime_probs=joint_regime_probs(joint_probs_of(state.market, signal.symbol)),
        protection_multiplier=protection_multiplier,
        milestone_bonus=book.capital.milestones.bonus,
        policy_exposure=exposure,
        signal_share=signal.share,
        agent_weight=state.restrictions.agent_weight(signal.agent, at_us=signal.at_us),
        symbol_weight=state.restrictions.symbol_weight(signal.symbol, at_us=signal.at_us),
        agent_open=at_work_in(book, agent=signal.agent),
        symbol_open=at_work_in(book, symbol=signal.symbol),
        total_open=at_work_in(book),
        cost_rate=COST_RATE,
    )
    parameters = with_tuning(sizing, book.capital.tuned)
    return size_entry(request, parameters=parameters, limits=limits)


def at_work_in(book: Book, *, agent: str | None = None, symbol: str | None = None) -> float:
    """The money in positions and pending entries: of one agent, in one symbol, or in all."""

    def counts(slot: Slot) -> bool:
        return agent in {None, slot.agent} and symbol in {None, slot.symbol}

    held = (value_at_work(p) for p in book.positions.values() if counts(p.slot))
    pending = (pending_value(o) for o in book.orders.live.values() if counts(o.slot))
    return sum(pending, start=0.0) + sum(held, start=0.0)


def pending_in(book: Book) -> float:
    """The cash that open entries can still use."""
    return sum(map(pending_value, book.orders.live.values()), start=0.0)


def pending_value(order: Order) -> float:
    """The cash that an open entry can still use."""
    if order.role != "entry" or not order.is_live or order.intent is None:
        return 0.0
    left = float(order.quantity - order.filled_quantity)
    return left * order.intent.decision_price * (1.0 + COST_RATE)


def value_at_work(position: Position) -> float:
    """The money that is in positions, at cost: a falling price makes no room for more."""
    if position.entered_quantity <= 0:
        return 0.0
    left = position.quantity / position.entered_quantity
    return float(position.cost * left + position.fees)
