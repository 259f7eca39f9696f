"""The size of an entry, from the signal and the account."""

from nija_domain.capital.capital_regimes import capital_regime_probs, joint_regime_probs
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import EntryRequest, Sizing, size_entry
from nija_domain.events.records import Signal
from nija_domain.policies.head import wish_exposure
from nija_domain.policies.rewards import expect_return
from nija_domain.trading.at_work import COST_RATE
from nija_domain.trading.decision_basis import DecisionBasis
from nija_domain.trading.market import ActiveRelease, Market
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
    content, market, restrictions = release.content, state.market, state.restrictions
    symbol, work, means = signal.symbol, basis.work, basis.means
    probs = regime_probs_of(market, symbol)
    exposure = wish_exposure(content.policy, probs)
    rewards = means.parameters.rewards
    bar_volatility = market.symbols[symbol].values[basis.volatility_place]
    request = EntryRequest(
        tradable=means.tradable,
        portfolio_value=means.equity,
        free_cash=means.cash - work.pending.total,
        annual_volatility=bar_volatility * basis.year_root,
        expected_return=expect_return(rewards, probs, exposure=exposure) if rewards else None,
        regime_probs=_capital_regimes(market, symbol, probs, basis),
        protection_multiplier=protection_multiplier,
        milestone_bonus=means.bonus,
        policy_exposure=exposure,
        signal_share=signal.share,
        agent_weight=restrictions.agent_weight(signal.agent, at_us=signal.at_us),
        symbol_weight=restrictions.symbol_weight(symbol, at_us=signal.at_us),
        agent_open=work.of_agent(signal.agent),
        symbol_open=work.in_symbol(symbol),
        total_open=work.total,
        cost_rate=COST_RATE,
    )
    return size_entry(request, parameters=means.parameters, limits=limits)


def _capital_regimes(
    market: Market, symbol: str, probs: dict[str, float], basis: DecisionBasis
) -> dict[str, float]:
    """Without a model of the whole market, market and symbol are taken as independent."""
    if market.has_model:
        joint = joint_probs_of(market, symbol, market_probs=basis.market_probs)
        return joint_regime_probs(joint)
    return capital_regime_probs(basis.market_probs, probs)
