"""Holes, still days and a silent source keep a training from candles that are each well formed."""

import msgspec
import numpy as np
import pytest

from nija_domain.market.candles import CandleHistory
from nija_domain.market.quality.examination import examine_history
from nija_domain.market.quality.fitness import FitnessRules, find_unfit
from nija_domain.market.timeframes import DAY_US, HOUR_US
from tests.fakes.candle_walks import random_walk

RULES = FitnessRules()
WALK = random_walk(bars=1_000, seed=3)
WALK = msgspec.structs.replace(WALK, ts_us=20_000 * DAY_US + np.arange(1_000) * HOUR_US)
NOW_US = int(WALK.ts_us[-1]) + HOUR_US


def _reasons(history: CandleHistory, *, now_us: int = NOW_US) -> tuple[str, ...]:
    return find_unfit(history, timeframe_us=HOUR_US, now_us=now_us, rules=RULES)


def _without(removed: np.ndarray) -> CandleHistory:
    kept = ~np.isin(np.arange(len(WALK)), removed)
    columns = {n: getattr(WALK, n)[kept] for n in WALK.__struct_fields__ if n != "symbol"}
    return CandleHistory(symbol=WALK.symbol, **columns)


def _still(start: int, stop: int) -> CandleHistory:
    columns = {name: getattr(WALK, name).copy() for name in ("open", "high", "low", "close")}
    for column in columns.values():
        column[start:stop] = WALK.close[start - 1]
    return msgspec.structs.replace(WALK, **columns)


def test_a_moving_history_of_now_is_fit() -> None:
    """A few missing bars and a still day long ago are no reason."""
    assert _reasons(WALK) == ()
    assert _reasons(_without(np.arange(500, 590))) == ()
    assert _reasons(_still(500, 560)) == ()


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (WALK.cut(0), "has no candles"),
        (_without(np.arange(400, 520)), "120 of 1000 bars are missing"),
        (_without(np.arange(1, 999, 9)), "111 of 1000 bars are missing"),
        (_still(400, 520), "120 of 1000 bars are missing or in a stretch without movement"),
        (_still(970, 1_000), "has not moved for 30 bars"),
        (WALK.cut(970), "closed 1.2 d before now"),
    ],
)
def test_what_is_unfit_is_told_with_its_remedy(history: CandleHistory, expected: str) -> None:
    """One reason each, with the symbol and what to do."""
    (reason,) = _reasons(history)

    assert reason.startswith(WALK.symbol)
    assert expected in reason
    assert ";" in reason.removeprefix(f"{WALK.symbol}:")


def test_a_source_that_fell_silent_shows_by_the_time_it_was_asked() -> None:
    """A day of silence is borne, an hour more is not."""
    assert _reasons(WALK, now_us=NOW_US + DAY_US) == ()
    assert len(_reasons(WALK, now_us=NOW_US + DAY_US + HOUR_US)) == 1


@pytest.mark.parametrize("volume", [-1.0, np.inf, np.nan, 1e305])
def test_a_volume_that_no_market_has_is_set_aside(volume: float) -> None:
    """More money than there is in one bar would take every average of volumes with it."""
    volumes = WALK.volume.copy()
    volumes[300] = volume
    found = examine_history(
        msgspec.structs.replace(WALK, volume=volumes), timeframe_us=HOUR_US, now_us=NOW_US
    )

    assert [(p.row, p.rule) for p in found.problems if p.level != "warning"] == [(300, "volume")]
