"""The size of an entry, from the signal and the account."""

from math import sqrt

from nija_domain.capital.capital_regimes import joint_regime_probs
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import EntryRequest, Sizing, size_entry
from nija_domain.capital.tuner import with_tuning
from nija_domain.events.records import SignalGiven
from nija_domain.market.timeframes import YEAR_US
from nija_domain.policies.head import wish_exposure
from nija_domain.policies.rewards import expect_return
from nija_domain.trading.market_rows import joint_probs_of, regime_probs_of
from nija_domain.trading.state import ActiveRelease, Order, Position, State

COST_RATE = 0.01
"""Fee, spread and slippage that free cash must still cover."""


def size_signal(
    state: State,
    release: ActiveRelease,
    limits: HardLimits,
    signal: SignalGiven,
    *,
    protection_multiplier: float,
) -> Sizing:
    """The full waterfall; back-test, paper and live all use it."""
    content, symbol_state = release.content, state.symbols[signal.symbol]
    sizing = content.sizing
    features = dict(zip(content.feature_names, symbol_state.values, strict=True))
    probs = regime_probs_of(state, signal.symbol)
    exposure = wish_exposure(content.policy, probs)
    pending = sum((pending_value(order) for order in state.orders.values()), start=0.0)
    at_work = pending + sum(map(value_at_work, state.positions.values()), start=0.0)
    rewards = sizing.rewards
    request = EntryRequest(
        tradable=float(state.capital.buckets.tradable),
        portfolio_value=float(state.account.equity),
        free_cash=float(state.account.cash) - pending,
        annual_volatility=features["ewma_volatility"] * sqrt(YEAR_US / content.timeframe_us),
        expected_return=expect_return(rewards, probs, exposure=exposure) if rewards else None,
        regime_probs=joint_regime_probs(joint_probs_of(state, signal.symbol)),
        protection_multiplier=protection_multiplier,
        milestone_bonus=state.capital.milestones.bonus,
        policy_exposure=exposure,
        signal_share=signal.share,
        agent_weight=state.restrictions.agent_weight(content.strategy.name, at_us=signal.at_us),
        symbol_weight=state.restrictions.symbol_weight(signal.symbol, at_us=signal.at_us),
        agent_open=at_work,
        symbol_open=_at_work_in(state, signal.symbol),
        total_open=at_work,
        cost_rate=COST_RATE,
    )
    return size_entry(request, parameters=with_tuning(sizing, state.capital.tuned), limits=limits)


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


def _at_work_in(state: State, symbol: str) -> float:
    position = state.positions.get(symbol)
    pending = sum((pending_value(order) for order in state.live_orders(symbol)), start=0.0)
    return pending + (value_at_work(position) if position else 0.0)
