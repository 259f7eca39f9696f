"""The size of an entry, as a waterfall of explained steps."""

from collections.abc import Mapping
from math import inf, isfinite
from operator import attrgetter
from typing import Literal, get_args

import msgspec

from nija_domain.capital.capital_regimes import ALLOCATION
from nija_domain.capital.limits import HardLimits, LimitMet
from nija_domain.events.records import WaterfallStep
from nija_domain.policies.rewards import RewardModel

TARGET_VOLATILITY = 0.30
RISK_FREE_RETURN = 0.05
CALM_RATIO_MAX = 1e6
"""How far under the target a volatility is believed: its power must stay a number."""
LEVERAGE_MAX = 10.0
SENSITIVITY_MAX = 4.0
ALLOCATION_MAX = 3.0
PROBABILITY_SLACK = 1e-6

PresetName = Literal["conservative", "moderate", "aggressive"]


class SizingParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a release may tune within the hard limits; `preset` names what it started from."""

    preset: str = "moderate"
    base_fraction: float = 0.05
    volatility_sensitivity: float = 1.0
    min_leverage: float = 0.5
    max_leverage: float = 2.0
    allocation: dict[str, float] = msgspec.field(default_factory=lambda: {**ALLOCATION})
    target_sharpe: float = 2.0
    min_risk: float = 0.3
    max_risk: float = 1.5
    bonus_max: float = 1.0
    rewards: RewardModel | None = None

    def __post_init__(self) -> None:
        sensitivity = self.volatility_sensitivity
        presets = get_args(PresetName)
        rules = (
            ("preset", self.preset in presets, f"one of {', '.join(presets)}"),
            ("base_fraction", 0.0 < self.base_fraction <= 1.0, "in (0, 1]"),
            ("volatility_sensitivity", 0.0 <= sensitivity <= SENSITIVITY_MAX, "in [0, 4]"),
            ("min_leverage", 0.0 < self.min_leverage <= self.max_leverage, "above 0, at most max"),
            ("max_leverage", self.max_leverage <= LEVERAGE_MAX, f"at most {LEVERAGE_MAX:g}"),
            ("target_sharpe", 0.0 < self.target_sharpe < inf, "positive and finite"),
            ("min_risk", 0.0 < self.min_risk <= self.max_risk, "above 0, at most max"),
            ("max_risk", self.max_risk <= LEVERAGE_MAX, f"at most {LEVERAGE_MAX:g}"),
            ("bonus_max", 0.0 <= self.bonus_max <= 1.0, "in [0, 1]"),
            (
                "allocation",
                all(0.0 <= share <= ALLOCATION_MAX for share in self.allocation.values()),
                f"in [0, {ALLOCATION_MAX:g}] for every regime",
            ),
        )
        for name, holds, meaning in rules:
            if not holds:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be {meaning}")


class EntryRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One wish to enter, and the account as it stands with everything pending counted in.

    `expected_return` is None where the release has no reward model.
    """

    tradable: float
    portfolio_value: float
    free_cash: float
    annual_volatility: float
    expected_return: float | None
    regime_probs: Mapping[str, float]
    protection_multiplier: float = 1.0
    milestone_bonus: float = 0.0
    policy_exposure: float = 1.0
    signal_share: float = 1.0
    preset_share: float = 1.0
    agent_weight: float = 1.0
    symbol_weight: float = 1.0
    agent_open: float = 0.0
    symbol_open: float = 0.0
    total_open: float = 0.0
    cost_rate: float = 0.0


WISHED = (
    "base",
    "protection",
    "milestones",
    "policy_exposure",
    "signal_share",
    "preset_share",
    "volatility",
    "regime",
    "risk",
)
BOUNDS = (
    "tradable",
    "agent_weight",
    "symbol_weight",
    "free_cash",
    "max_trade_share",
    "max_position_share",
)
STEPS = WISHED + BOUNDS


class Sizing(msgspec.Struct, frozen=True):
    """A value in quote currency, and the reason if it is refused.

    `factors` and `values` are of STEPS, or empty where no size could be computed. `limit` is the
    hard limit that it is refused by, if it is one.
    """

    value: float
    factors: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    refusal: str | None = None
    limit: LimitMet | None = None

    @property
    def waterfall(self) -> tuple[WaterfallStep, ...]:
        """The steps to the value, the last of them the refusal."""
        steps = tuple(map(WaterfallStep, STEPS, self.factors, self.values))
        return (*steps, WaterfallStep("refused", 0.0, 0.0)) if steps and self.refusal else steps


POSITIVE = ("tradable", "portfolio_value", "free_cash", "annual_volatility")
SHARES = (
    "protection_multiplier",
    "policy_exposure",
    "signal_share",
    "preset_share",
    "agent_weight",
    "symbol_weight",
)
NOT_NEGATIVE = ("milestone_bonus", "agent_open", "symbol_open", "total_open", "cost_rate")


def size_entry(
    request: EntryRequest, *, parameters: SizingParameters, limits: HardLimits
) -> Sizing:
    """The wish, step by step, then the smallest of it and every limit."""
    unusable = find_unusable(request)
    if unusable:
        return Sizing(0.0, refusal=unusable)
    wished = _wished_factors(request, parameters)
    factors, values, value = [*wished], list[float](), request.tradable
    for factor in wished:
        value *= factor
        values.append(value)
    for room in _rooms(request, limits):
        before, value = value, max(min(value, room), 0.0)
        factors.append(value / before if before > 0.0 else 1.0)
        values.append(value)
    refusal, limit = _find_refusal(request, factors, values, limits)
    value = 0.0 if refusal else value
    return Sizing(value, tuple(factors), tuple(values), refusal, limit)


def find_unusable(request: EntryRequest) -> str | None:
    """The first input that no size can be computed from, as a sentence; None if there is none."""
    for name, value in zip(POSITIVE, _positive_of(request), strict=True):
        if not 0.0 < value < inf:
            return f"{name} is {value}; a size needs it finite and positive"
    for name, value in zip(SHARES, _shares_of(request), strict=True):
        if not 0.0 <= value <= 1.0:
            return f"{name} is {value}; it must lie in [0, 1]"
    for name, value in zip(NOT_NEGATIVE, _not_negative_of(request), strict=True):
        if not 0.0 <= value < inf:
            return f"{name} is {value}; it must be finite, 0 or more"
    expected = request.expected_return
    if expected is not None and not isfinite(expected):
        return f"expected_return is {expected}; a size needs it finite"
    return _find_improbable(request.regime_probs)


_positive_of = attrgetter(*POSITIVE)
_shares_of = attrgetter(*SHARES)
_not_negative_of = attrgetter(*NOT_NEGATIVE)


def _find_improbable(probs: Mapping[str, float]) -> str | None:
    for name, probability in probs.items():
        if name not in ALLOCATION:
            return f"regime_probs names {name}; known are {', '.join(ALLOCATION)}"
        if not 0.0 <= probability <= 1.0:
            return f"regime_probs of {name} is {probability}; it must lie in [0, 1]"
    total = sum(probs.values())
    if abs(total - 1.0) > PROBABILITY_SLACK:
        return f"regime_probs sum to {total:g}; they must sum to 1"
    return None


def _wished_factors(request: EntryRequest, parameters: SizingParameters) -> tuple[float, ...]:
    """In the order of WISHED."""
    allocation = parameters.allocation
    return (
        parameters.base_fraction,
        request.protection_multiplier,
        1.0 + min(request.milestone_bonus, parameters.bonus_max),
        request.policy_exposure,
        request.signal_share,
        request.preset_share,
        volatility_leverage(request.annual_volatility, parameters),
        sum([p * allocation.get(name, 0.0) for name, p in request.regime_probs.items()]),
        risk_factor(request, parameters),
    )


def volatility_leverage(annual_volatility: float, parameters: SizingParameters) -> float:
    calm_ratio = min(TARGET_VOLATILITY / annual_volatility, CALM_RATIO_MAX)
    leverage = float(calm_ratio**parameters.volatility_sensitivity)
    return min(max(leverage, parameters.min_leverage), parameters.max_leverage)


def risk_factor(request: EntryRequest, parameters: SizingParameters) -> float:
    """The expected Sharpe ratio over the target's; where nothing is expected, the least."""
    if request.expected_return is None:
        return parameters.min_risk
    ratio = (request.expected_return - RISK_FREE_RETURN) / request.annual_volatility
    return min(max(ratio / parameters.target_sharpe, parameters.min_risk), parameters.max_risk)


def _rooms(request: EntryRequest, limits: HardLimits) -> tuple[float, ...]:
    """In the order of BOUNDS."""
    tradable, portfolio = request.tradable, request.portfolio_value
    return (
        tradable - request.total_open,
        request.agent_weight * tradable - request.agent_open,
        request.symbol_weight * tradable - request.symbol_open,
        request.free_cash / (1.0 + request.cost_rate),
        limits.max_trade_share * portfolio,
        limits.max_position_share * portfolio - request.symbol_open,
    )


def _find_refusal(
    request: EntryRequest, factors: list[float], values: list[float], limits: HardLimits
) -> tuple[str | None, LimitMet | None]:
    """Why there is no entry, and the hard limit if it is one."""
    expected, value = request.expected_return, values[-1]
    if expected is not None and expected <= 0.0:
        return f"expected_return is {expected:.4g}; an entry needs it positive", None
    if value > 0.0 and value >= limits.min_notional:
        return None, None
    # The step that took the largest part; the base is no part that was taken.
    place = factors.index(min(factors[1:]), 1)
    name, smallest, before, left = STEPS[place], factors[place], values[place - 1], values[place]
    explained = (
        f"no factor shrinks it: base is {factors[0]:.1%} of the tradable capital"
        if smallest >= 1.0
        else f"the smallest factor is {name}, which leaves {left:.2f} of {before:.2f}:"
        f" {MADE_SMALL[name]}"
    )
    reason = f"size {value:.2f} is under the minimum of {limits.min_notional:.2f}; {explained}"
    # A share is the limit where it took the most; else the least size is.
    if name not in {"max_trade_share", "max_position_share"} or smallest >= 1.0:
        return reason, LimitMet("min_notional", value, limits.min_notional)
    held = request.symbol_open if name == "max_position_share" else 0.0
    return reason, LimitMet(name, (held + before) / request.portfolio_value, getattr(limits, name))


MADE_SMALL = {
    "protection": "a drawdown makes sizes smaller until it is regained",
    "milestones": "no milestone was reached",
    "policy_exposure": "the policy wants little exposure in this regime",
    "signal_share": "the strategy's signal is weak",
    "preset_share": "the preset wants small entries",
    "volatility": "the symbol moves more than the target volatility",
    "regime": "little money is meant for the regime that is likely now",
    "risk": "the expected return is small for its risk, or nothing is known of it",
    "tradable": "the tradable capital, less what is at work or pending",
    "agent_weight": "what the governor gives this agent, less what it has at work or pending",
    "symbol_weight": "what may be at work in this symbol, less what is or is pending",
    "free_cash": "the free cash, less fees and slippage",
    "max_trade_share": "a hard limit of config/risk_limits.toml",
    "max_position_share": "a hard limit of config/risk_limits.toml",
}
"""What a person may make of each step that can shrink a size."""
