"""The size of an entry, from the signal and the account."""

from math import sqrt

from nija_domain.capital.capital_regimes import joint_regime_probs
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import EntryRequest, Sizing, size_entry
from nija_domain.capital.tuner import with_tuning
from nija_domain.events.records import Signal
from nija_domain.market.timeframes import YEAR_US
from nija_domain.policies.head import wish_exposure
from nija_domain.policies.rewards import expect_return
from nija_domain.trading.at_work import COST_RATE, DecisionBasis
from nija_domain.trading.market import ActiveRelease
from nija_domain.trading.market_rows import joint_probs_of, regime_probs_of
from nija_domain.trading.state import State


def size_signal(
    state: State,
    release: ActiveRelease,
    limits: HardLimits,
    signal: Signal,
    *,
    basis: DecisionBasis,
    protection_multiplier: float,
) -> Sizing:
    """The full waterfall; back-test, paper and live all use it."""
    content, book, market = release.content, state.book, state.market
    work = basis.work
    values, sizing = market.symbols[signal.symbol].values, content.sizing
    bar_volatility = values[content.feature_names.index("ewma_volatility")]
    probs = regime_probs_of(market, signal.symbol)
    exposure = wish_exposure(content.policy, probs)
    rewards = sizing.rewards
    joint = joint_probs_of(market, signal.symbol, market_probs=basis.market_probs)
    request = EntryRequest(
        tradable=float(book.capital.buckets.tradable),
        portfolio_value=float(book.purse.equity),
        free_cash=float(book.purse.cash) - work.pending.total,
        annual_volatility=bar_volatility * sqrt(YEAR_US / content.timeframe_us),
        expected_return=expect_return(rewards, probs, exposure=exposure) if rewards else None,
        regime_probs=joint_regime_probs(joint),
        protection_multiplier=protection_multiplier,
        milestone_bonus=book.capital.milestones.bonus,
        policy_exposure=exposure,
        signal_share=signal.share,
        agent_weight=state.restrictions.agent_weight(signal.agent, at_us=signal.at_us),
        symbol_weight=state.restrictions.symbol_weight(signal.symbol, at_us=signal.at_us),
        agent_open=work.of_agent(signal.agent),
        symbol_open=work.in_symbol(signal.symbol),
        total_open=work.total,
        cost_rate=COST_RATE,
    )
    parameters = with_tuning(sizing, book.capital.tuned)
    return size_entry(request, parameters=parameters, limits=limits)
