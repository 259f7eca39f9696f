"""A source's correction is told, another market is refused."""

import msgspec
import numpy as np
import pytest

from nija_domain.market.candles import CandleHistory
from nija_domain.market.quality.examination import Examination, examine_history
from nija_domain.market.quality.restatement import COMPARED_BARS, compare_stored
from tests.fakes.candle_walks import BAR_US, random_walk
from tests.nija_domain.market.quality.test_contract import NOW_US, START_US

BARS = 60


def history(seed: int = 1, bars: int = BARS) -> CandleHistory:
    """On a grid of hundredths."""
    walk = random_walk(bars=bars, seed=seed)
    names = ("open", "high", "low", "close")
    prices = {name: np.round(getattr(walk, name), 2) for name in names}
    return msgspec.structs.replace(walk, ts_us=walk.ts_us + START_US, **prices)


def moved(stored: CandleHistory, bars: int, *, by: float = 0.05) -> CandleHistory:
    """The first bars close elsewhere."""
    closes, highs = stored.close.copy(), stored.high.copy()
    closes[:bars] = np.round(closes[:bars] + by, 2)
    return msgspec.structs.replace(stored, close=closes, high=np.maximum(highs, closes))


def compare(
    fresh: CandleHistory, stored: CandleHistory, *, restating: bool = False
) -> tuple[Examination, list[str]]:
    found = examine_history(fresh, timeframe_us=BAR_US, now_us=NOW_US)
    judged = compare_stored(found, stored, restating=restating)
    return judged, [p.rule for p in judged.problems if p.rule in {"market", "restated"}]


def test_what_the_lake_holds_already_is_no_news() -> None:
    """Nor is what it does not hold at all, before, after or between."""
    whole = history()

    for stored in (whole, whole.cut(0), whole.between(20, 30)):
        judged, rules = compare(whole, stored)
        assert rules == []
        assert judged.rows_out == BARS


def test_a_correction_is_told_with_both_closes() -> None:
    """Up to half of the bars; the verdict stays and every row may be used."""
    stored = history()
    judged, rules = compare(moved(stored, BARS // 2), stored)
    found = judged.problems[0]

    assert (judged.verdict, rules) == ("accept", ["restated"])
    assert judged.rows_out == BARS
    assert found.ts_us == stored.ts_us[0]
    assert f"{BARS // 2} of {BARS}" in found.text
    assert f"close {round(stored.close[0] + 0.05, 2)} instead of {stored.close[0]}" in found.text


def test_what_looks_like_another_market_is_refused() -> None:
    """With one bar more than half, unless it is wanted; nothing of it may be used."""
    stored = history()
    fresh = moved(stored, BARS // 2 + 1)
    refused, rules = compare(fresh, stored)
    wanted, wanted_rules = compare(fresh, stored, restating=True)

    assert (refused.verdict, refused.rows_out) == ("refuse", 0)
    assert rules == ["market", "restated"]
    assert "another market or another source" in refused.problems[0].text
    assert (wanted.verdict, wanted.rows_out, wanted_rules) == ("accept", BARS, ["restated"])


@pytest.mark.parametrize("bars", [COMPARED_BARS - 1, COMPARED_BARS])
def test_a_handful_of_bars_tells_no_market(bars: int) -> None:
    """Only the bars of both count."""
    judged, _ = compare(moved(history(), BARS), history().cut(bars))

    assert (judged.verdict == "refuse") == (bars == COMPARED_BARS)


def test_a_coarser_rounding_is_the_same_market() -> None:
    """Every close differs, by less than a tick of the coarser grid; that is told, not refused."""
    stored = history()
    rounded = {
        name: np.round(getattr(stored, name), 1) for name in ("open", "high", "low", "close")
    }
    fresh = msgspec.structs.replace(stored, **rounded)

    for new, old in ((fresh, stored), (stored, fresh)):
        judged, rules = compare(new, old)
        assert (judged.verdict, rules) == ("accept", ["restated"])


def test_other_volumes_are_a_restatement_of_the_same_market() -> None:
    """Closes tell markets apart; a source may count volume anew throughout."""
    stored = history()
    judged, rules = compare(msgspec.structs.replace(stored, volume=stored.volume * 2.0), stored)

    assert (judged.verdict, rules) == ("accept", ["restated"])
    assert f"{BARS} of {BARS}" in judged.problems[0].text
