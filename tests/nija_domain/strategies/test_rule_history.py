"""Rules over whole histories: compiled as interpreted, blind to the future, and trading."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from nija_domain.market.candles import CandleHistory
from nija_domain.strategies.contract import StrategyChoice
from nija_domain.strategies.history.rule_signals import (
    AT_TARGET,
    STOPPED,
    TOO_OLD,
    WISHED,
    RuleColumns,
    RuleTrace,
    trace_rule,
)
from nija_domain.strategies.rule import ENTER, EXIT, NO_WISH, Rule, RuleRow, Wish
from nija_domain.strategies.shelf import RULES, choose_preset, numbers_of
from tests.fakes.candle_walks import random_walk
from tests.fakes.rule_rows import columns_of, draw_choice, draw_columns
from tests.fakes.stages import draw_candles

SEEDS = st.integers(0, 2**32)
EACH_RULE = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
PRESETS = [(name, preset) for name, rule in RULES.items() for preset in rule.presets]


def _bytes(trace: RuleTrace, rows: int | None = None) -> list[bytes]:
    columns = {**asdict(trace)}
    del columns["final_state"]
    return [np.ascontiguousarray(column[:rows]).tobytes() for column in columns.values()]


def _interpret(rule: Rule, choice: StrategyChoice, columns: RuleColumns) -> RuleTrace:
    """The same by hand: one interpreted step after another, the position as a record of its own."""
    rows, numbers, state = len(columns.close), numbers_of(choice), rule.initial
    codes, wishes = np.zeros((2, rows), dtype=np.int8), np.zeros((3, rows))
    position: tuple[int, float, float, int] | None = None
    for row in range(rows):
        high, low, close = columns.high[row], columns.low[row], float(columns.close[row])
        if position is not None and low <= position[1]:
            codes[1, row], position = STOPPED, None
        elif position is not None and high >= position[2]:
            codes[1, row], position = AT_TARGET, None
        age = row - position[0] if position else 0
        probs, values = columns.probs[row].tolist(), tuple(columns.values[row].tolist())
        seen = RuleRow(close, position is not None, age, *probs, values)
        state, wish = rule.step(state, seen, numbers)
        codes[0, row] = wish.action
        if position is not None and wish.action == EXIT:
            codes[1, row], position = WISHED, None
        elif position is not None and position[3] and age >= position[3]:
            codes[1, row], position = TOO_OLD, None
        elif position is None and wish.action == ENTER:
            target = close * (1.0 + wish.target_fraction) if wish.target_fraction else np.inf
            position = (row, close * (1.0 - wish.stop_fraction), target, wish.bars_max)
            wishes[:, row] = wish[1:4]
    return RuleTrace(*codes, *wishes, state)


@given(name=st.sampled_from([*RULES]), choice_seed=SEEDS, row_seed=SEEDS)
@settings(max_examples=80, deadline=None)
def test_compiled_is_interpreted_to_the_bit(name: str, choice_seed: int, row_seed: int) -> None:
    """Every wish, every end and the last state agree, over rows with gaps and any numbers."""
    rule = RULES[name]
    choice = draw_choice(rule, seed=choice_seed)
    columns = draw_columns(rule, rows=120, seed=row_seed)
    compiled, interpreted = trace_rule(choice, columns), _interpret(rule, choice, columns)

    assert _bytes(compiled) == _bytes(interpreted)
    assert compiled.final_state == interpreted.final_state


def test_positions_end_in_all_four_ways() -> None:
    """The comparison above sees the rule's exit, the stop, the target and the age limit."""
    rule, ends = RULES["mean_reversion"], set[int]()
    for seed in range(30):
        columns = draw_columns(rule, rows=120, seed=seed)
        ends |= {int(end) for end in trace_rule(draw_choice(rule, seed=seed), columns).ends}

    assert ends == {0, WISHED, STOPPED, AT_TARGET, TOO_OLD}


def _age_while_flat(
    state: tuple[float, ...], row: RuleRow, _parameters: tuple[float, ...]
) -> tuple[tuple[float, ...], Wish]:
    """Buys at every close that finds nothing held; the state adds up the ages that it saw then."""
    if row.is_held:
        return state, NO_WISH
    return (state[0] + row.bars_held,), Wish(ENTER, 1.0, 0.5, 1.0, 0)


def test_a_touch_ends_a_position_before_the_close_and_its_stop_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the very price; what was held is flat at that close, has no age, and may be bought."""
    probe = replace(RULES["trend"], name="probe", initial=(0.0,), step=_age_while_flat, bounds={})
    monkeypatch.setitem(RULES, "probe", probe)
    columns = RuleColumns(
        high=np.array([100.0, 110.0, 200.0, 199.0, 200.0]),
        low=np.array([100.0, 50.0, 50.0, 50.5, 60.0]),
        close=np.full(5, 100.0),
        values=np.zeros((5, 2)),
        probs=np.zeros((5, 3)),
    )
    trace = trace_rule(StrategyChoice("probe", "probe:*:p", {}), columns)

    assert trace.ends.tolist() == [0, STOPPED, STOPPED, 0, AT_TARGET]
    assert trace.actions.tolist() == [ENTER, ENTER, ENTER, 0, ENTER]
    assert trace.final_state == (0.0,)


def _differs(rule: Rule, history: CandleHistory, cut: int, *, peek: int = 0) -> bool:
    """Whether the trace of a cut history is another than the beginning of the whole trace's."""
    traces = []
    for known in (history.cut(cut), history):
        columns = columns_of(known, rule)
        peeked = replace(columns, values=np.roll(columns.values, -peek, axis=0))
        traces.append(trace_rule(choose_preset(rule.name, "aggressive"), peeked))
    return _bytes(traces[0], cut) != _bytes(traces[1], cut)


@EACH_RULE
@given(seed=SEEDS, cut=st.integers(1, 400))
@settings(max_examples=15, deadline=None)
def test_no_rule_knows_what_comes_after(rule: Rule, seed: int, cut: int) -> None:
    """From candles to wishes: a history cut at any bar has the wishes of the whole until then."""
    assert not _differs(rule, random_walk(bars=400, seed=seed), cut)


@EACH_RULE
def test_a_rule_that_is_shown_the_next_bar_is_seen(rule: Rule) -> None:
    """The comparison above can fail: with features a bar too early, some cut shows it."""
    history = draw_candles(bars=600, seed=3, symbols=("BTC/USD",))["BTC/USD"]

    assert any(_differs(rule, history, cut, peek=1) for cut in range(100, 600))


@pytest.mark.parametrize(("name", "preset"), PRESETS)
def test_every_preset_trades_in_a_generated_market(name: str, preset: str) -> None:
    """It enters and leaves again, and holds for more than a bar in the middle."""
    candles = draw_candles(bars=3_000, seed=5)
    held: list[int] = []
    for history in candles.values():
        columns = columns_of(history, RULES[name])
        trace = trace_rule(choose_preset(name, preset), columns)
        entries, ends = np.flatnonzero(trace.shares), np.flatnonzero(trace.ends)
        held += (ends - entries[: len(ends)]).tolist()

    assert len(held) >= 3
    assert np.median(held) > 1
    assert min(held) >= 1
