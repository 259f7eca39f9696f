"""What the candles of a history make of a symbol, compiled and known before the session plays.

Features, filter and the candles themselves depend on no decision, so a back-test need not step
them one by one. Every number is the one that the step would have given, to the bit.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
import numba
import numpy as np
import numpy.typing as npt
from numba.np.unsafe.ndarray import to_fixed_tuple

from nija_domain.evaluation.quiet_records import candles_of, digests_of
from nija_domain.events import records as ev
from nija_domain.features.history.feature_rows import compute_features
from nija_domain.features.history.loops import compile_loop
from nija_domain.features.stream import FeatureStates
from nija_domain.market.candles import CandleHistory, FloatColumn
from nija_domain.regimes.history.filtered import filter_history
from nija_domain.releases.content import ReleaseContent, SymbolCut
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.rule import NONE, RuleRow, RuleState, RuleStep
from nija_domain.strategies.shelf import numbers_of, rule_named

IntColumn = npt.NDArray[np.int64]
NO_ROWS: IntColumn = np.empty(0, dtype=np.int64)

REGIMES = ("Bull", "Chop", "Bear")
"""What a rule is shown of the filter, in the order of its row."""


class Foresight(msgspec.Struct, frozen=True, eq=False):
    """A row per candle: features, filtered probabilities, and of these what rules are shown.

    `likeliest` is the place of the likeliest regime, of equally likely ones the first; `candles`
    and `digests` are as they are recorded. To scan a rule needs none of these three.
    """

    history: CandleHistory
    names: tuple[str, ...]
    values: FloatColumn
    beliefs: FloatColumn
    shown: FloatColumn
    likeliest: IntColumn = NO_ROWS
    candles: tuple[ev.CandleClosed, ...] = ()
    digests: tuple[ev.Digest, ...] = ()

    def states_after(self, row: int, before: FeatureStates, *, since: int) -> FeatureStates:
        """The features' states after this row, from those before the row `since`."""
        stretch = self.history.between(since, row + 1)
        return compute_features(stretch, self.names, states=before).final_states


def foresee(content: ReleaseContent, cut: SymbolCut, history: CandleHistory) -> Foresight:
    """From the end of the release's history on."""
    table = compute_features(history, content.feature_names, states=cut.features)
    beliefs = filter_history(content.regimes, table, state=cut.filtered)
    shown = np.zeros((len(history), len(REGIMES)))
    for column, regime in enumerate(REGIMES):
        if regime in content.regimes.state_names:
            shown[:, column] = beliefs[:, content.regimes.state_names.index(regime)]
    values, beliefs = np.ascontiguousarray(table.values), np.ascontiguousarray(beliefs)
    return Foresight(
        history=history,
        names=content.feature_names,
        values=values,
        beliefs=beliefs,
        shown=shown,
        likeliest=beliefs.argmax(axis=1),
        candles=candles_of(history, content.timeframe_us),
        digests=digests_of(values, beliefs),
    )


class RuleHolding(msgspec.Struct, frozen=True):
    """What a rule is told of its position at a row: whether there is one, and for how many bars."""

    is_held: bool
    bars_held: int = 0


def next_wish(
    seen: Foresight,
    choice: StrategyChoice,
    state: RuleState,
    rows: range,
    *,
    holding: RuleHolding,
) -> tuple[int, RuleState]:
    """The first of the rows at which the rule wishes something, or their end; its state before."""
    rule, window = rule_named(choice.name), slice(rows.start, rows.stop)
    columns = [seen.names.index(name) for name in rule.reads]
    read = np.ascontiguousarray(seen.values[window, columns])
    found, after = _compile_scan(rule.step, len(columns))(
        state,
        tuple(map(float, numbers_of(choice))),
        (seen.history.close[window], read, seen.shown[window]),
        holding.is_held,
        holding.bars_held,
    )
    return rows.start + found, after


@cache
def _compile_scan(step: RuleStep, width: int) -> Callable[..., tuple[int, RuleState]]:
    compiled_step: Any = numba.njit(step)

    def scan(
        state: RuleState,
        parameters: tuple[float, ...],
        columns: tuple[FloatColumn, FloatColumn, FloatColumn],
        is_held: bool,  # noqa: FBT001 - the compiler knows no keywords
        bars_held: int,
    ) -> tuple[int, RuleState]:
        closes, values, shown = columns
        for row in range(len(closes)):
            bull, chop, bear = shown[row, 0], shown[row, 1], shown[row, 2]
            known = to_fixed_tuple(values[row], width)
            bars = bars_held + row if is_held else 0
            seen = RuleRow(closes[row], is_held, bars, bull, chop, bear, known)
            after, wish = compiled_step(state, seen, parameters)
            if wish.action != NONE:
                return row, state
            state = after
        return len(closes), state

    return compile_loop(scan, step=step)
