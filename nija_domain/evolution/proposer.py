"""The offline proposer: a seeded search over presets and a small grammar of moves."""

from collections.abc import Iterator, Mapping
from itertools import product

import msgspec
import numpy as np

from nija_domain.errors import ProposalInvalid
from nija_domain.evolution.archive import DECIMALS, Archive
from nija_domain.evolution.template import render_strategy
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.rules.trend import RULE as TREND

DRAWS_MAX = 300
STEPS_MAX = 3

Parameters = dict[str, float]


class Bound(msgspec.Struct, frozen=True):
    """The values that a parameter may take: `low`, and so many steps up from it."""

    low: float
    step: float
    steps: int

    def at(self, place: int) -> float:
        return round(self.low + self.step * min(max(place, 0), self.steps), DECIMALS)

    def place_of(self, value: float) -> int:
        """The nearest permitted value's place."""
        return min(max(round((value - self.low) / self.step), 0), self.steps)


BOUNDS: dict[str, Bound] = {
    "trend_entry": Bound(0.2, 0.1, 13),
    "trend_exit": Bound(-0.6, 0.1, 10),
    "bear_prob_max": Bound(0.1, 0.1, 6),
    "stop_multiple": Bound(2.0, 0.5, 12),
    "share": Bound(0.2, 0.2, 4),
}


class Proposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One set of parameters to try against its parent's, with the module that would trade it."""

    number: int
    parent: StrategyChoice
    parameters: Parameters
    source: str
    reasoning: str

    @property
    def choice(self) -> StrategyChoice:
        config_id = f"{self.parent.name}:*:proposal-{self.number}"
        return StrategyChoice(self.parent.name, config_id, self.parameters)


class Move(msgspec.Struct, frozen=True):
    """A set of parameters, and the rule that led to it."""

    parameters: Parameters
    reasoning: str


def propose(parent: StrategyChoice, *, archive: Archive, rng: np.random.Generator) -> Proposal:
    """The first move that is new: a preset, then a drawn one, then whatever the grid still has."""
    if parent.name != TREND.name:
        raise ProposalInvalid(
            f"the parent's strategy is {parent.name!r}, and only 'trend' can be varied;"
            " promote a release of it first"
        )
    for move in _moves(parent.parameters, rng):
        is_new = not archive.holds(move.parameters) and move.parameters != parent.parameters
        if is_new and is_coherent(move.parameters):
            return Proposal(
                number=archive.next_number,
                parent=parent,
                parameters=move.parameters,
                source=render_strategy(move.parameters),
                reasoning=move.reasoning,
            )
    raise ProposalInvalid(
        "every set of parameters within the bounds was already tried; widen the bounds"
    )


def is_coherent(parameters: Mapping[str, float]) -> bool:
    """Within the bounds, and what enters is not at once to be left again."""
    on_grid = (
        parameters[name] == bound.at(bound.place_of(parameters[name]))
        for name, bound in BOUNDS.items()
    )
    return all(on_grid) and parameters["trend_exit"] < parameters["trend_entry"]


def _moves(current: Mapping[str, float], rng: np.random.Generator) -> Iterator[Move]:
    for name, preset in TREND.presets.items():
        yield Move(dict(preset), f"the shipped preset {name}")
    for _ in range(DRAWS_MAX):
        rule = RULES[int(rng.integers(len(RULES)))]
        yield rule(current, rng)
    bounds = BOUNDS.values()
    for places in product(*(range(bound.steps + 1) for bound in bounds)):
        values = (bound.at(place) for bound, place in zip(bounds, places, strict=True))
        yield Move(dict(zip(BOUNDS, values, strict=True)), "the next of the grid")


def nudge(current: Mapping[str, float], rng: np.random.Generator) -> Move:
    """One parameter goes up or down by a few steps."""
    name = TREND.parameters[int(rng.integers(len(TREND.parameters)))]
    steps = int(rng.integers(1, STEPS_MAX + 1)) * int(rng.choice((-1, 1)))
    moved = {other: _shifted(current, other, 0) for other in TREND.parameters}
    moved[name] = _shifted(current, name, steps)
    return Move(moved, f"{name} from {current[name]:g} to {moved[name]:g}")


def shake(current: Mapping[str, float], rng: np.random.Generator) -> Move:
    """Every parameter goes up or down by a few steps, or stays."""
    moved = {
        name: _shifted(current, name, int(rng.integers(-STEPS_MAX, STEPS_MAX + 1)))
        for name in TREND.parameters
    }
    return Move(moved, "every parameter moved a little")


def cross(current: Mapping[str, float], rng: np.random.Generator) -> Move:
    """Each parameter from the current choice or from a preset, by a coin."""
    name = sorted(TREND.presets)[int(rng.integers(len(TREND.presets)))]
    taken = [parameter for parameter in TREND.parameters if rng.integers(2)]
    moved = {
        parameter: TREND.presets[name][parameter]
        if parameter in taken
        else _shifted(current, parameter, 0)
        for parameter in TREND.parameters
    }
    return Move(moved, f"{', '.join(taken) or 'nothing'} taken from the preset {name}")


def leap(_current: Mapping[str, float], rng: np.random.Generator) -> Move:
    """Anywhere within the bounds, so that the search never sticks where it began."""
    moved = {name: BOUNDS[name].at(int(rng.integers(BOUNDS[name].steps + 1))) for name in BOUNDS}
    return Move(moved, "anywhere within the bounds")


RULES = (nudge, nudge, shake, cross, leap)
"""A nudge is drawn twice as often: small changes can be told apart by what they change."""


def _shifted(current: Mapping[str, float], name: str, steps: int) -> float:
    bound = BOUNDS[name]
    return bound.at(bound.place_of(current[name]) + steps)
