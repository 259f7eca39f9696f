"""One rule over the whole history of one symbol: the same step, compiled.

The trace follows its own position, since what a rule wishes depends on whether it holds, and the
rule alone decides that: a column of what was held would have to be known before the rule ran. It
stops there: no fees, no sizes, no other symbol. The back-test over the core has those.
"""

import math
from collections.abc import Callable
from functools import cache

import msgspec
import numba
import numpy as np
import numpy.typing as npt
from numba.np.unsafe.ndarray import to_fixed_tuple

from nija_domain.features.history.loops import compile_loop
from nija_domain.market.candles import FloatColumn
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.rule import ENTER, EXIT, Parameters, RuleRow, RuleState, RuleStep
from nija_domain.strategies.shelf import numbers_of, rule_named

WISHED, STOPPED, AT_TARGET, TOO_OLD = 1, 2, 3, 4
"""How a position ended: by the rule's exit, at its stop, at its target, at its age limit."""

CodeColumn = npt.NDArray[np.int8]
Loop = Callable[..., RuleState]


class RuleColumns(msgspec.Struct, frozen=True):
    """A row per bar. `values` are the features that the rule reads; `probs` Bull, Chop, Bear."""

    high: FloatColumn
    low: FloatColumn
    close: FloatColumn
    values: FloatColumn
    probs: FloatColumn


class RuleTrace(msgspec.Struct, frozen=True):
    """A row per bar: the wish at its close, and how a position ended during it or at its close.

    A position that was stopped during a bar may be followed by an entry at that bar's close.
    """

    actions: CodeColumn
    ends: CodeColumn
    shares: FloatColumn
    stop_fractions: FloatColumn
    target_fractions: FloatColumn
    final_state: RuleState


def trace_rule(choice: StrategyChoice, columns: RuleColumns) -> RuleTrace:
    """What the rule would have wished at each close, held from the bar after an entry.

    Bars are as in the core: stop before target, both before the close; the age limit at the close.
    """
    rule = rule_named(choice.name)
    bars = len(columns.close)
    codes, wishes = np.zeros((2, bars), dtype=np.int8), np.zeros((3, bars))
    final_state = _compile_trace(rule.step, len(rule.reads))(
        rule.initial,
        tuple(map(float, numbers_of(choice))),
        tuple(map(np.ascontiguousarray, msgspec.structs.astuple(columns))),
        codes,
        wishes,
    )
    return RuleTrace(
        actions=codes[0],
        ends=codes[1],
        shares=wishes[0],
        stop_fractions=wishes[1],
        target_fractions=wishes[2],
        final_state=final_state,
    )


@cache
def _compile_trace(step: RuleStep, width: int) -> Loop:
    compiled_step = numba.njit(step)

    def trace(
        state: RuleState,
        parameters: Parameters,
        columns: tuple[FloatColumn, ...],
        codes: CodeColumn,
        wishes: FloatColumn,
    ) -> RuleState:
        high, low, close, values, probs = columns
        actions, ends = codes[0], codes[1]
        held, bars_held, bars_max, stop, target = False, 0, 0, 0.0, math.inf
        for row in range(len(close)):
            bars_held = bars_held + 1 if held else 0
            if held and (low[row] <= stop or high[row] >= target):
                ends[row] = STOPPED if low[row] <= stop else AT_TARGET
                held, bars_held = False, 0
            bull, chop, bear = probs[row, 0], probs[row, 1], probs[row, 2]
            known = to_fixed_tuple(values[row], width)
            seen = RuleRow(close[row], held, bars_held, bull, chop, bear, known)
            state, wish = compiled_step(state, seen, parameters)
            actions[row] = wish.action
            if held and (wish.action == EXIT or 0 < bars_max <= bars_held):
                ends[row] = WISHED if wish.action == EXIT else TOO_OLD
                held = False
            elif not held and wish.action == ENTER:
                held, bars_max = True, wish.bars_max
                stop = close[row] * (1.0 - wish.stop_fraction)
                has_target = wish.target_fraction > 0.0
                target = close[row] * (1.0 + wish.target_fraction) if has_target else math.inf
                wishes[0, row], wishes[1, row] = wish.share, wish.stop_fraction
                wishes[2, row] = wish.target_fraction
        return state

    return compile_loop(trace, step=step)
