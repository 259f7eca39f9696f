"""Each quality rule finds what it is for, and nothing in whole candles."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.market.candles import CandleHistory
from nija_domain.market.quality import BLOCKING_RULES, RULES, drop_blocked, find_problems
from nija_domain.market.timeframes import YEAR_US
from tests.fakes.candle_walks import BAR_US, random_walk

START_US = 50 * YEAR_US
BARS = 60
NOW_US = START_US + BARS * BAR_US


def _whole(seed: int = 1) -> CandleHistory:
    history = random_walk(bars=BARS, seed=seed)
    return msgspec.structs.replace(history, ts_us=history.ts_us + START_US)


def _broken(column: str, values: dict[int, float]) -> CandleHistory:
    """Whole candles but for these rows of this column."""
    history = _whole()
    changed = getattr(history, column).copy()
    for row, value in values.items():
        changed[row] = value
    return msgspec.structs.replace(history, **{column: changed})


def _problems(history: CandleHistory, now_us: int = NOW_US) -> list[tuple[int, str]]:
    problems = find_problems(history, timeframe_us=BAR_US, now_us=now_us)
    return [(problem.row, problem.rule) for problem in problems]


@given(seed=st.integers(0, 2**32))
def test_whole_candles_have_no_problem(seed: int) -> None:
    """Ordered, closed, moving candles pass every rule."""
    assert _problems(_whole(seed)) == []


STAMP = START_US + 10 * BAR_US


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("ts_us", {10: STAMP // 1_000}, [(10, "unit"), (11, "gap")]),
        ("ts_us", {10: STAMP // 1_000_000}, [(10, "unit"), (11, "gap")]),
        ("ts_us", {10: STAMP * 1_000}, [(10, "unit"), (11, "gap")]),
        ("ts_us", {10: STAMP - 5 * BAR_US}, [(10, "order"), (11, "gap")]),
        ("ts_us", {10: STAMP - BAR_US}, [(10, "duplicate"), (11, "gap")]),
        ("ts_us", {10: STAMP + 1}, [(10, "grid")]),
        ("open", {10: math.nan}, [(10, "price")]),
        ("low", {10: 0.0}, [(10, "price")]),
        ("high", {10: math.inf}, [(10, "price")]),
        ("close", {10: 1e6}, [(10, "range")]),
        ("high", {10: 1e-6}, [(10, "range")]),
        ("low", {10: 1e6}, [(10, "range")]),
        ("volume", {10: -1.0}, [(10, "volume")]),
        ("volume", {10: math.nan}, [(10, "volume")]),
    ],
)
def test_a_planted_fault_is_found_at_its_row(
    column: str, values: dict[int, float], expected: list[tuple[int, str]]
) -> None:
    """One bad number gives the problem of its rule and no other than what follows from it."""
    assert _problems(_broken(column, values)) == expected


def test_the_unit_is_guessed() -> None:
    """Milliseconds and seconds are named, so that the remedy is plain."""
    texts = [
        problem.text
        for unit in (1_000, 1_000_000)
        for problem in find_problems(
            _broken("ts_us", {10: STAMP // unit}), timeframe_us=BAR_US, now_us=NOW_US
        )
        if problem.rule == "unit"
    ]

    assert "looks like milliseconds" in texts[0]
    assert "looks like seconds" in texts[1]


def test_a_gap_says_how_much_is_missing() -> None:
    """The row after a hole carries the count of the missing candles."""
    whole = _whole()
    keep = np.delete(np.arange(BARS), [20, 21, 22])
    columns = {name: getattr(whole, name)[keep] for name in whole.__struct_fields__[1:]}
    problems = find_problems(
        CandleHistory(symbol=whole.symbol, **columns), timeframe_us=BAR_US, now_us=NOW_US
    )

    assert [(problem.row, problem.rule) for problem in problems] == [(20, "gap")]
    assert problems[0].text.startswith("3 candles are missing")


@pytest.mark.parametrize(
    ("late_us", "expected"),
    [
        (-1, [(BARS - 1, "unclosed")]),
        (0, []),
        (3 * BAR_US - 1, []),
        (3 * BAR_US, [(BARS - 1, "stale")]),
    ],
)
def test_the_tail_is_neither_open_nor_old(late_us: int, expected: list[tuple[int, str]]) -> None:
    """A bar counts from its close on; three bars without a new one are stale."""
    assert _problems(_whole(), now_us=NOW_US + late_us) == expected


def test_a_frozen_price_is_found_once() -> None:
    """A long stretch without movement is one problem at its end; a short one is none."""
    history = _whole()
    columns = {}
    for name in ("open", "high", "low", "close"):
        columns[name] = getattr(history, name).copy()
        columns[name][5:15] = history.close[5]
        columns[name][20:45] = history.close[20]

    assert _problems(msgspec.structs.replace(history, **columns)) == [(44, "frozen")]


def test_blocked_rows_are_dropped_and_others_kept() -> None:
    """What is left has no blocking problem; gaps alone never drop a row."""
    history = _broken("close", {10: -1.0, 30: math.nan})
    problems = find_problems(history, timeframe_us=BAR_US, now_us=NOW_US + 9 * BAR_US)
    kept = drop_blocked(history, problems)
    left = find_problems(kept, timeframe_us=BAR_US, now_us=NOW_US + 9 * BAR_US)

    assert len(kept) == BARS - 2
    assert {problem.rule for problem in left} == {"gap", "stale"}
    assert set(RULES) > BLOCKING_RULES


def test_an_empty_history_has_no_problem() -> None:
    """No candle, no row to blame."""
    assert _problems(_whole().cut(0)) == []
