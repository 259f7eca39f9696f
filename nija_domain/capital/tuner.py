"""Once a day, sizing leans a little toward what the last 30 days support; never far."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from nija_domain.capital.sizing import SENSITIVITY_MAX, SizingParameters

SENSITIVITY = "volatility_sensitivity"
ALLOCATION_PREFIX = "allocation."
LEAST_TRADES = 20
SHRINKAGE_TRADES = 50
DAILY_STEP = 0.10
LEAST_RATIO, MOST_RATIO = 0.5, 1.5
LEAST_MOVE = 1e-9


class RegimeResults(msgspec.Struct, frozen=True):
    """The window's Sharpe ratio of trades entered in one capital regime; None: it tells nothing."""

    sharpe: float | None
    trades: int


class Nudge(msgspec.Struct, frozen=True):
    """One parameter moved, and the numbers that moved it."""

    parameter: str
    before: float
    after: float
    evidence: dict[str, float]


def tune(
    evidence: Mapping[str, RegimeResults], *, preset: SizingParameters, tuned: Mapping[str, float]
) -> tuple[Nudge, ...]:
    """The day's nudges; none before there are 20 trades in the window."""
    if sum(e.trades for e in evidence.values()) < LEAST_TRADES:
        return ()
    known = {regime: e for regime, e in sorted(evidence.items()) if e.sharpe is not None}
    nudges = [
        _nudge(
            ALLOCATION_PREFIX + regime,
            prior=preset.allocation.get(regime, 0.0),
            tuned=tuned,
            ratio=_supported(e, preset.target_sharpe),
            found=e,
        )
        for regime, e in known.items()
    ]
    trades = sum(e.trades for e in known.values())
    if trades:
        # The worse the window paid, the more volatility counts.
        mean = sum((e.sharpe or 0.0) * e.trades for e in known.values()) / trades
        whole = RegimeResults(mean, trades)
        ratio = LEAST_RATIO + MOST_RATIO - _supported(whole, preset.target_sharpe)
        prior = preset.volatility_sensitivity
        nudges.append(_nudge(SENSITIVITY, prior=prior, tuned=tuned, ratio=ratio, found=whole))
    return tuple(n for n in nudges if abs(n.after - n.before) > LEAST_MOVE)


def with_tuning(parameters: SizingParameters, tuned: Mapping[str, float]) -> SizingParameters:
    """The parameters as tuned, each inside [0.5, 1.5] × the preset whatever was recorded."""
    if not tuned:
        return parameters
    allocation = {
        regime: _bounded(tuned.get(ALLOCATION_PREFIX + regime, share), prior=share)
        for regime, share in parameters.allocation.items()
    }
    prior = parameters.volatility_sensitivity
    sensitivity = _bounded(tuned.get(SENSITIVITY, prior), prior=prior)
    return replace(
        parameters, allocation=allocation, volatility_sensitivity=min(sensitivity, SENSITIVITY_MAX)
    )


def _supported(evidence: RegimeResults, target_sharpe: float) -> float:
    """How much of its prior a regime has earned: 1 at the target, shrunk to 1 by few trades."""
    ratio = (evidence.sharpe or 0.0) / target_sharpe
    clipped = min(max(ratio, LEAST_RATIO), MOST_RATIO)
    weight = evidence.trades / (evidence.trades + SHRINKAGE_TRADES)
    return 1.0 + (clipped - 1.0) * weight


def _nudge(
    parameter: str,
    *,
    prior: float,
    tuned: Mapping[str, float],
    ratio: float,
    found: RegimeResults,
) -> Nudge:
    before = _bounded(tuned.get(parameter, prior), prior=prior)
    step = DAILY_STEP * before
    after = min(max(prior * ratio, before - step), before + step)
    evidence = {"sharpe": found.sharpe or 0.0, "trades": float(found.trades), "prior": prior}
    return Nudge(parameter, before, _bounded(after, prior=prior), evidence)


def _bounded(value: float, *, prior: float) -> float:
    return min(max(value, LEAST_RATIO * prior), MOST_RATIO * prior)
