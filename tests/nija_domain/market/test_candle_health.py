"""Coverage counts closed bars only, from the first candle on."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.market.health import Shown, Stored, SymbolHealth, measure_health
from nija_domain.market.timeframes import DAY_US, HOUR_US

FRAME_US = HOUR_US
NOW_US = 20_000 * DAY_US + 6 * HOUR_US + 5
SHOWN = Shown(timeframe_us=FRAME_US, now_us=NOW_US, days=4)
CLOSED = np.arange(NOW_US // DAY_US * DAY_US - 9 * DAY_US, NOW_US - FRAME_US, FRAME_US)


def measure(stored: np.ndarray) -> SymbolHealth:
    ends_us = (int(stored[0]), int(stored[-1])) if len(stored) else ()
    (health,) = measure_health(_of_days_shown(stored, *ends_us), {}, shown=SHOWN).symbols
    return health


def _of_days_shown(stored: np.ndarray, *ends_us: int) -> dict[str, Stored]:
    return {"A/USD": Stored(stored[stored >= SHOWN.days_us[0]], *ends_us)}


def test_a_whole_history_is_whole() -> None:
    """Today as well: the bar under way is not missing."""
    health = measure(CLOSED)

    assert health.shares == (1.0, 1.0, 1.0, 1.0)
    assert (health.missing_bars, health.gaps) == (0, ())


def test_days_before_the_first_candle_are_not_held_against_it() -> None:
    """A symbol that was listed yesterday at noon is whole from then on."""
    health = measure(CLOSED[-18:])

    assert health.shares == (None, None, 1.0, 1.0)


def test_the_stale_end_is_a_gap() -> None:
    """What closed since the newest candle is missing, and the gap says from when."""
    health = measure(CLOSED[:-4])

    assert health.shares[-1] == 2 / 6
    assert [(gap.bars, gap.from_us) for gap in health.gaps] == [(4, int(CLOSED[-4]))]


def test_an_outage_at_the_start_of_the_picture_is_one() -> None:
    """Candles of before show that those of the first day shown are missing, not yet to come."""
    health = measure(np.concatenate([CLOSED[:24], CLOSED[-18:]]))

    assert health.shares == (0.0, 0.0, 0.5, 1.0)
    assert health.gaps[0].from_us == SHOWN.days_us[0]


def test_a_market_that_died_before_the_picture_has_no_day() -> None:
    """Every day shown counts as missing, and its newest candle is still told."""
    health = measure(CLOSED[:24])

    assert health.shares == (0.0,) * 4
    assert (health.bars, health.newest_us) == (0, int(CLOSED[23]))
    assert health.missing_bars == 3 * 24 + 6


def test_no_candle_at_all_is_no_division() -> None:
    """A symbol without candles has no day and no gap."""
    health = measure(CLOSED[:0])

    assert health.shares == (None,) * 4
    assert (health.bars, health.newest_us, health.gaps) == (0, None, ())


@given(st.sets(st.integers(1, len(CLOSED) - 1)))
def test_shares_and_gaps_tell_the_same(removed: set[int]) -> None:
    """Whatever is missing: the days' shares, the gaps and a plain count agree."""
    health = measure(np.delete(CLOSED, sorted(removed)))
    shown = CLOSED[SHOWN.days_us[0] <= CLOSED]
    missing = sum(1 for index in removed if CLOSED[index] >= SHOWN.days_us[0])
    per_day = [np.sum(shown // DAY_US == day_us // DAY_US) for day_us in SHOWN.days_us]
    stored = sum(share * n for share, n in zip(health.shares, per_day, strict=True) if share)

    assert health.missing_bars == missing
    assert round(stored) == len(shown) - missing
