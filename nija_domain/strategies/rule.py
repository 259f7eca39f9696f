"""What a rule strategy is: one step from bar to bar for one symbol, in plain scalars.

Live runs the step as it is, history runs it compiled, and both give the same bits. So a step calls
nothing but `math`, and writes `x * x` instead of a power.
"""

from collections.abc import Callable
from typing import NamedTuple

import msgspec

NONE, ENTER, EXIT = 0, 1, 2

STOP_FRACTION_MAX = 0.5
"""A stop further away than half of the price protects nothing: no entry is wished behind it."""


class RuleRow(NamedTuple):
    """One symbol at the close of a bar: `values` are the features that the rule reads, in order.

    `bars_held` counts the closes since the entry was decided; it is 0 while nothing is held.
    """

    price: float
    is_held: bool
    bars_held: int
    bull: float
    chop: float
    bear: float
    values: tuple[float, ...]


class Wish(NamedTuple):
    """What a rule would do: nothing, enter or exit.

    Of an entry: the share of the allowed size, the distances of stop and target as shares of the
    price, and the age in bars at which the position is closed. No target and no age limit are 0.
    """

    action: int
    share: float
    stop_fraction: float
    target_fraction: float
    bars_max: int


NO_WISH = Wish(NONE, 0.0, 0.0, 0.0, 0)
LEAVE = Wish(EXIT, 0.0, 0.0, 0.0, 0)

RuleState = tuple[float, ...]
Parameters = tuple[float, ...]
RuleStep = Callable[[RuleState, RuleRow, Parameters], tuple[RuleState, Wish]]


class ParameterBounds(NamedTuple):
    """The least and the greatest value that a parameter may have."""

    low: float
    high: float


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule strategy; `bounds` names its parameters in the order in which its step reads them."""

    name: str
    reads: tuple[str, ...]
    bounds: dict[str, ParameterBounds]
    initial: RuleState
    step: RuleStep
    explain: Callable[[RuleRow, Wish], str]
    presets: dict[str, dict[str, float]]

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(self.bounds)
