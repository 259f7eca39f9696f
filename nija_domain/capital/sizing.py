"""The size of an entry, as a waterfall that can be asked why."""

from collections.abc import Mapping
from math import inf, isfinite

import msgspec

from nija_domain.capital.limits import HardLimits
from nija_domain.events.records import WaterfallStep

REGIME_ALLOCATION: dict[str, float] = {"Bull": 1.0, "Chop": 0.6, "Bear": 0.3}
TARGET_VOLATILITY = 0.30
CALM_RATIO_MAX = 1e6
"""How far under the target a volatility is believed: its power must stay a number."""
LEVERAGE_MAX = 10.0
SENSITIVITY_MAX = 4.0


class SizingParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a release may tune within the hard limits."""

    base_fraction: float = 0.05
    volatility_sensitivity: float = 1.0
    min_leverage: float = 0.5
    max_leverage: float = 2.0

    def __post_init__(self) -> None:
        sensitivity = self.volatility_sensitivity
        rules = (
            ("base_fraction", 0.0 < self.base_fraction <= 1.0, "in (0, 1]"),
            ("volatility_sensitivity", 0.0 <= sensitivity <= SENSITIVITY_MAX, "in [0, 4]"),
            ("min_leverage", 0.0 < self.min_leverage <= self.max_leverage, "above 0, at most max"),
            ("max_leverage", self.max_leverage <= LEVERAGE_MAX, f"at most {LEVERAGE_MAX:g}"),
        )
        for name, holds, meaning in rules:
            if not holds:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be {meaning}")


class EntryRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One wish to enter, and the account as it stands with everything pending counted in."""

    tradable: float
    equity: float
    free_cash: float
    symbol_open: float
    exposure: float
    signal_share: float
    annual_volatility: float
    filtered_probs: Mapping[str, float]
    cost_rate: float
    agent_room: float = inf


class Sizing(msgspec.Struct, frozen=True):
    """A value in quote currency, how it came about, and why not if it is refused."""

    value: float
    waterfall: tuple[WaterfallStep, ...]
    refusal: str | None


def size_entry(
    request: EntryRequest, *, parameters: SizingParameters, limits: HardLimits
) -> Sizing:
    """Base, volatility, regime, then the least of every limit."""
    unusable = _find_unusable(request)
    if unusable:
        return Sizing(0.0, (), unusable)
    steps = [*_wished_steps(request, parameters)]
    wished = steps[-1].value
    bounds = _bounds(request, limits)
    tightest = min(bounds, key=lambda name: bounds[name])
    value = min(wished, bounds[tightest])
    name = f"limit:{tightest}" if value < wished else "limit:none"
    steps.append(WaterfallStep(name, value / wished if wished > 0 else 0.0, value))
    refusal = None
    if value <= 0.0 or value < limits.min_notional:
        refusal = f"size {value:.2f} is under the minimum of {limits.min_notional:.2f} ({name})"
    return Sizing(value, tuple(steps), refusal)


def _find_unusable(request: EntryRequest) -> str | None:
    for name in ("tradable", "equity", "free_cash", "annual_volatility"):
        value = getattr(request, name)
        if not isfinite(value) or value <= 0.0:
            return f"{name} is {value}; a size needs it finite and positive"
    return None


def _wished_steps(
    request: EntryRequest, parameters: SizingParameters
) -> tuple[WaterfallStep, WaterfallStep, WaterfallStep, WaterfallStep]:
    base = request.tradable * parameters.base_fraction
    share = request.exposure * request.signal_share
    calm_ratio = min(TARGET_VOLATILITY / request.annual_volatility, CALM_RATIO_MAX)
    leverage = calm_ratio**parameters.volatility_sensitivity
    leverage = min(max(leverage, parameters.min_leverage), parameters.max_leverage)
    regime = sum(
        probability * REGIME_ALLOCATION.get(name, 0.0)
        for name, probability in request.filtered_probs.items()
    )
    return (
        WaterfallStep("base", parameters.base_fraction, base),
        WaterfallStep("exposure", share, base * share),
        WaterfallStep("volatility", leverage, base * share * leverage),
        WaterfallStep("regime", regime, base * share * leverage * regime),
    )


def _bounds(request: EntryRequest, limits: HardLimits) -> dict[str, float]:
    return {
        "max_trade_share": limits.max_trade_share * request.equity,
        "max_position_share": limits.max_position_share * request.equity - request.symbol_open,
        "free_cash": request.free_cash / (1.0 + request.cost_rate),
        "agent_weight": request.agent_room,
    }
