"""A price that steps by ten times and stays halts its symbol, until a person has confirmed it."""

import numpy as np
import pytest

from nija_domain.market.candles import CandleHistory
from nija_domain.market.quality.examination import Examination, examine, examine_history
from nija_domain.market.quality.neighbours import check_seams, compare_timeframes, judge_page
from nija_domain.market.quality.rules import Problem
from nija_domain.market.quality.sheet import Sheet
from nija_domain.market.quality.stamps import Occasion
from nija_domain.market.quality.steps import text_with_remedy
from tests.fakes.candle_walks import BAR_US
from tests.nija_domain.market.quality.test_contract import BARS, NOW_US, START_US, found, whole

FACTORS = (10.0, 0.1, 1_000.0, 1e-6)
AT = 200


def stepped(factor: float, *, first: int = AT, last: int = BARS) -> Sheet:
    sheet = whole()
    values = sheet.values.copy()
    values[first:last, :4] *= factor
    return Sheet(sheet.rows, sheet.ts, values)


def judge(sheet: Sheet, *confirmed_us: int) -> Examination:
    return examine(
        sheet, symbol="BTC/USD", occasion=Occasion(BAR_US, NOW_US, frozenset(confirmed_us))
    )


def history(sheet: Sheet) -> CandleHistory:
    return sheet.history("BTC/USD")


@pytest.mark.parametrize("factor", FACTORS)
def test_a_step_that_stays_refuses_the_whole(factor: float) -> None:
    """Which side is right no rule can say; the row and both closes are told."""
    judged = judge(stepped(factor))

    assert judged.verdict == "refuse"
    assert (AT, "step") in found(judged)
    assert judged.rows_out == 0


@pytest.mark.parametrize("factor", FACTORS)
def test_a_step_over_a_gap_refuses_as_well(factor: float) -> None:
    """The last close that is known is the one before, however long ago."""
    sheet = stepped(factor)
    judged = judge(sheet.at(np.r_[0 : AT - 50, AT:BARS]))

    assert judged.verdict == "refuse"
    assert (AT, "step") in found(judged)


def test_a_confirmed_step_is_a_jump() -> None:
    """By any moment within the bar; of another bar it confirms nothing."""
    sheet = stepped(100.0)
    ts_us = int(sheet.ts[AT])
    judged = judge(sheet, ts_us + BAR_US - 1)

    assert (judged.verdict, judged.rows_out) == ("accept", BARS)
    assert (AT, "jump") in found(judged)
    assert judge(sheet, ts_us - 1, ts_us + BAR_US).verdict == "refuse"


@pytest.mark.parametrize("bars", [1, 2, 5, 12])
def test_a_price_that_is_back_in_a_few_bars_was_never_there(bars: int) -> None:
    """Those rows are set aside, the rest is used."""
    judged = judge(stepped(10.0, last=AT + bars))

    assert judged.verdict == "quarantine"
    assert {p.row for p in judged.quarantined} == set(range(AT, AT + bars))
    assert judged.rows_out == BARS - bars


def test_what_is_back_only_later_has_stayed() -> None:
    """Both steps are a person's to confirm."""
    steps = [row for row, rule in found(judge(stepped(10.0, last=AT + 60))) if rule == "step"]

    assert steps == [AT, AT + 60]


def test_nine_times_is_a_market() -> None:
    """A warning, as every leap that stays."""
    judged = judge(stepped(9.0))

    assert judged.verdict == "accept"
    assert (AT, "jump") in found(judged)


def test_a_step_is_told_with_the_words_that_confirm_it() -> None:
    """Symbol, venue and time as they are typed."""
    (problem,) = [p for p in judge(stepped(10.0)).problems if p.rule == "step"]
    found = text_with_remedy(problem, symbol="BTC/USD", venue="kraken")

    assert "`nija candles confirm BTC/USD --venue kraken --at 2019-12-20T" in found


def test_a_step_in_a_bar_of_seconds_is_told_to_the_second() -> None:
    """The minute alone would name the bar before, and the confirmation would reach nothing."""
    half_past = 1_704_076_230_000_000
    problem = Problem(0, half_past, "step", "it steps")

    assert "--at 2024-01-01T02:30:30`" in text_with_remedy(problem, symbol="S/USD", venue="v")


def _page(sheet: Sheet, first: int, last: int) -> CandleHistory:
    return history(sheet).between(first, last)


def _judge_page(
    sheet: Sheet, *, first: int, last: int, confirmed_us: frozenset[int] = frozenset()
) -> tuple[int, str]:
    """What of a page is kept beside the bars before it, when its last bar has just closed."""
    stored, now_us = _page(sheet, 0, first), START_US + last * BAR_US
    delivery, found = judge_page(
        _page(sheet, first, last),
        lambda since_us: stored.at(stored.ts_us >= since_us),
        until_us=now_us,
        occasion=Occasion(BAR_US, now_us, confirmed_us),
    )
    return len(delivery.clean), found.verdict


def test_a_page_waits_one_bar_and_is_then_refused() -> None:
    """The newest bar alone may be a misprint; the next one shows that the step stays."""
    sheet = stepped(10.0)

    assert _judge_page(sheet, first=AT - 5, last=AT + 1) == (5, "accept")
    assert _judge_page(sheet, first=AT, last=AT + 1) == (0, "refuse")
    assert _judge_page(sheet, first=AT, last=AT + 2) == (0, "refuse")
    assert _judge_page(sheet, first=AT - 5, last=AT + 2) == (0, "refuse")


def test_a_confirmed_step_is_ingested() -> None:
    """From then on pages are what they were."""
    sheet = stepped(10.0)
    confirmed = frozenset({int(sheet.ts[AT])})

    assert _judge_page(sheet, first=AT, last=AT + 3, confirmed_us=confirmed)[0] == 3


def test_a_file_that_goes_on_in_another_unit_is_refused_at_the_seam() -> None:
    """After a gap, before what is stored, and between; not where the step is the stored one's."""
    sheet, occasion = stepped(10.0), Occasion(BAR_US, NOW_US)
    early = examine_history(_page(sheet, 0, AT - 100), timeframe_us=BAR_US, now_us=NOW_US)
    late = examine_history(_page(sheet, AT + 100, BARS), timeframe_us=BAR_US, now_us=NOW_US)
    seams = [
        check_seams(late, early.clean, occasion),
        check_seams(early, late.clean, occasion),
    ]
    at_us = int(sheet.ts[AT + 100])

    assert [(s.verdict, s.problems[0].ts_us) for s in seams] == [("refuse", at_us)] * 2
    assert check_seams(early, early.clean, occasion) is early
    confirmed = Occasion(BAR_US, NOW_US, frozenset({at_us}))
    assert check_seams(late, early.clean, confirmed) is late


def _coarse(fine: CandleHistory, bars: int) -> CandleHistory:
    """Each the last of so many, by its open and its close."""
    last = np.arange(bars - 1, len(fine), bars)
    coarse = fine.at(last)
    return CandleHistory(
        symbol=fine.symbol,
        ts_us=fine.ts_us[last - (bars - 1)],
        **{name: getattr(coarse, name) for name in ("open", "high", "low", "close", "volume")},
    )


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "accept"), (1.1, "refuse")])
def test_bars_of_two_lengths_that_close_together_close_alike(factor: float, verdict: str) -> None:
    """Coarse against fine, and fine against coarse."""
    fine = history(whole())
    coarse = _coarse(history(stepped(factor, first=0)), 4)
    one = examine_history(coarse, timeframe_us=4 * BAR_US, now_us=NOW_US + 9 * BAR_US)
    other = examine_history(fine, timeframe_us=BAR_US, now_us=NOW_US + 9 * BAR_US)

    assert compare_timeframes(one, {BAR_US: fine}, timeframe_us=4 * BAR_US).verdict == verdict
    assert compare_timeframes(other, {4 * BAR_US: coarse}, timeframe_us=BAR_US).verdict == verdict
