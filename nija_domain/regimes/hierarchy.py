"""The market's state over the symbol's: macro × micro, from the past alone, one bar at a time."""

import math
from collections.abc import Mapping

import msgspec

from nija_domain.errors import ReleaseInvalid
from nija_domain.regimes.filter import (
    FilterState,
    initial_filter,
    predictive_log_likelihood,
    step_filter,
    step_filters,
)
from nija_domain.regimes.model import RegimeModel, check_model

CALM, TREND, CHAOS, UNKNOWN = "Calm", "Trend", "Chaos", "Unknown"
MACRO_NAMES = (CALM, TREND, CHAOS)

SURPRISE_WEIGHT = 0.1
DEVIATIONS_UNKNOWN = 6.0
"""Below the expected by so many deviations of the average, no state fits; tails are fat."""

MicroStates = Mapping[str, FilterState]
"""A symbol's filters, by the state of the market that each was fitted within."""


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The log-likelihood of a bar, as the model's own history had it: its mean and deviation."""

    mean: float
    deviation: float


class HierarchicalModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model of the market, and one of a symbol for each state that the market may be in.

    A macro state named in `sparse` had too few bars of its own: its micro model is the pooled one.
    """

    macro: RegimeModel
    expected: Expectation
    micro: dict[str, RegimeModel]
    sparse: tuple[str, ...]


class MacroState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the market's filter believes; `surprise` is the average distance below the expected."""

    filtered: FilterState
    surprise: float = 0.0


def initial_macro(model: HierarchicalModel) -> MacroState:
    return MacroState(initial_filter(model.macro))


def step_macro(
    model: HierarchicalModel, state: MacroState, market: tuple[float, ...]
) -> MacroState:
    """The state after a bar of the market; one that is still warming up says nothing."""
    likelihood = predictive_log_likelihood(model.macro, state.filtered, market)
    if not math.isfinite(likelihood):
        return state
    distance = (model.expected.mean - likelihood) / model.expected.deviation
    return MacroState(
        step_filter(model.macro, state.filtered, market),
        state.surprise + SURPRISE_WEIGHT * (distance - state.surprise),
    )


def initial_micro(model: HierarchicalModel) -> dict[str, FilterState]:
    return {name: initial_filter(micro) for name, micro in model.micro.items()}


def step_micro(
    model: HierarchicalModel, states: MicroStates, symbol: tuple[float, ...]
) -> dict[str, FilterState]:
    """Every filter sees every bar, whatever state the market is in."""
    return step_filters(model.micro, states, symbol)


def is_unknown(state: MacroState) -> bool:
    """Whether nothing that the model knows has foreseen the market lately."""
    average_deviation = math.sqrt(SURPRISE_WEIGHT / (2.0 - SURPRISE_WEIGHT))
    return state.surprise > DEVIATIONS_UNKNOWN * average_deviation


def macro_probs(model: HierarchicalModel, state: MacroState) -> dict[str, float]:
    """The filtered probability of each macro state; all of it on Unknown where nothing fits."""
    if is_unknown(state):
        return {UNKNOWN: 1.0}
    return dict(zip(model.macro.state_names, state.filtered.probabilities, strict=True))


def joint_probs(
    model: HierarchicalModel, *, macro: MacroState, micro: MicroStates
) -> dict[tuple[str, str], float]:
    """The probability of each pair; an unknown market is met as Chaos, the worst that is known."""
    joint: dict[tuple[str, str], float] = {}
    for state, probability in macro_probs(model, macro).items():
        met_as = CHAOS if state == UNKNOWN else state
        names = model.micro[met_as].state_names
        for name, share in zip(names, micro[met_as].probabilities, strict=True):
            joint[state, name] = probability * share
    return joint


def marginal_probs(joint: Mapping[tuple[str, str], float]) -> dict[str, float]:
    """The probability of each micro state, whatever the market's."""
    marginal: dict[str, float] = {}
    for (_, micro), probability in joint.items():
        marginal[micro] = marginal.get(micro, 0.0) + probability
    return marginal


def check_hierarchy(model: HierarchicalModel, *, pooled: RegimeModel) -> None:
    """Raises unless every model is sound and each symbol's reads and names what the pooled does."""
    rules = (
        ("macro", set(model.macro.state_names) == set(MACRO_NAMES), "Calm, Trend and Chaos"),
        ("micro", set(model.micro) == set(MACRO_NAMES), "a model for Calm, Trend and Chaos each"),
        ("sparse", set(model.sparse) <= set(MACRO_NAMES), "states of the market"),
        ("expected", _is_measured(model.expected), "a finite mean and a deviation above zero"),
        (
            "micro",
            all(_is_akin(micro, pooled) for micro in model.micro.values()),
            "models with the features, the scaler and the states of the pooled one",
        ),
    )
    for field, holds, meaning in rules:
        if not holds:
            raise ReleaseInvalid(f"{field} of the hierarchy must hold {meaning}; train it again")
    for part in (model.macro, *model.micro.values()):
        check_model(part)


def _is_akin(micro: RegimeModel, pooled: RegimeModel) -> bool:
    shared = ("feature_names", "center", "scale", "outlier_limit", "state_names")
    return all(getattr(micro, name) == getattr(pooled, name) for name in shared)


def _is_measured(expected: Expectation) -> bool:
    return math.isfinite(expected.mean) and 0.0 < expected.deviation < math.inf
