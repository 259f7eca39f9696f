"""The market's state over the symbol's: macro × micro, from the past alone, one bar at a time."""

import math
from collections.abc import Mapping

import msgspec

from nija_domain.regimes.filter import (
    FilterState,
    initial_filter,
    predictive_log_likelihood,
    step_filter,
)
from nija_domain.regimes.model import RegimeModel

CALM, TREND, CHAOS, UNKNOWN = "Calm", "Trend", "Chaos", "Unknown"

SURPRISE_WEIGHT = 0.1
DEVIATIONS_UNKNOWN = 6.0
"""Below the expected by so many deviations of the average, no state fits; tails are fat."""


class Expectation(msgspec.Struct, frozen=True):
    """The log-likelihood of a bar, as the model's own history had it: its mean and deviation."""

    mean: float
    deviation: float


class HierarchicalModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model of the market, and one of a symbol for each state that the market may be in.

    A macro state named in `sparse` had too few bars of its own: its micro model is the pooled one.
    """

    macro: RegimeModel
    expected: Expectation
    micro: dict[str, RegimeModel]
    sparse: tuple[str, ...]


class HierarchyState(msgspec.Struct, frozen=True, kw_only=True):
    """What the filters believe; `surprise` is the average distance below the expected."""

    macro: FilterState
    micro: dict[str, FilterState]
    surprise: float = 0.0


def initial_hierarchy(model: HierarchicalModel) -> HierarchyState:
    return HierarchyState(
        macro=initial_filter(model.macro),
        micro={name: initial_filter(micro) for name, micro in model.micro.items()},
    )


def step_hierarchy(
    model: HierarchicalModel,
    state: HierarchyState,
    *,
    market: tuple[float, ...],
    symbol: tuple[float, ...],
) -> HierarchyState:
    """The state after a bar of the market and of the symbol; every micro filter sees every bar."""
    likelihood = predictive_log_likelihood(model.macro, state.macro, market)
    surprise = state.surprise
    if math.isfinite(likelihood):
        distance = (model.expected.mean - likelihood) / model.expected.deviation
        surprise += SURPRISE_WEIGHT * (distance - surprise)
    return HierarchyState(
        macro=step_filter(model.macro, state.macro, market),
        micro={
            name: step_filter(micro, state.micro[name], symbol)
            for name, micro in model.micro.items()
        },
        surprise=surprise,
    )


def is_unknown(state: HierarchyState) -> bool:
    """Whether nothing that the model knows has foreseen the market lately."""
    average_deviation = math.sqrt(SURPRISE_WEIGHT / (2.0 - SURPRISE_WEIGHT))
    return state.surprise > DEVIATIONS_UNKNOWN * average_deviation


def macro_probs(model: HierarchicalModel, state: HierarchyState) -> dict[str, float]:
    """The filtered probability of each macro state; all of it on Unknown where nothing fits."""
    if is_unknown(state):
        return {UNKNOWN: 1.0}
    return dict(zip(model.macro.state_names, state.macro.probabilities, strict=True))


def joint_probs(model: HierarchicalModel, state: HierarchyState) -> dict[tuple[str, str], float]:
    """The probability of each pair; an unknown market is met as Chaos, the worst that is known."""
    joint: dict[tuple[str, str], float] = {}
    for macro, probability in macro_probs(model, state).items():
        met_as = CHAOS if macro == UNKNOWN else macro
        micro = model.micro[met_as]
        for name, share in zip(micro.state_names, state.micro[met_as].probabilities, strict=True):
            joint[macro, name] = probability * share
    return joint


def marginal_probs(joint: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """The probability of each micro state, whatever the market's."""
    marginal: dict[str, float] = {}
    for (_, micro), probability in joint.items():
        marginal[micro] = marginal.get(micro, 0.0) + probability
    return marginal
