"""A venue's newest candles, judged by the contract of history: taken, refused, or held.

What is held is judged again with the next candle: a leap until it has come back or stayed, and what
follows a gap until the venue had a bar's time to fill it.
"""

from collections.abc import Collection, Sequence
from math import isfinite, log

import msgspec

from nija_domain.market.candles import Candle, CandleHistory, in_time_order
from nija_domain.market.quality.examination import Examination
from nija_domain.market.quality.neighbours import judge_page
from nija_domain.market.quality.prices import LEAP_MIN, MONEY_MAX
from nija_domain.market.quality.stamps import LATEST_US, Occasion


class RefusedCandle(msgspec.Struct, frozen=True):
    """The rule that a candle breaks, and how."""

    ts_us: int
    rule: str
    text: str


class LiveVerdict(msgspec.Struct, frozen=True):
    """Of the candles after the last known one; those that are in neither are held."""

    taken: tuple[Candle, ...]
    refused: tuple[RefusedCandle, ...] = ()


def are_plain(candles: Sequence[Candle], *, known_us: int, close: float, timeframe_us: int) -> bool:
    """Whether no rule can break: each follows the one before, in time and closely in price.

    Then the contract need not be asked, nor the bars that it would measure them by.
    """
    for candle in candles:
        if candle.ts_us != known_us + timeframe_us or not _is_near(candle, close):
            return False
        known_us, close = candle.ts_us, candle.close
    return known_us % timeframe_us == 0


def _is_near(candle: Candle, before: float) -> bool:
    low, high = candle.low, candle.high
    is_whole = isfinite(high) and low > 0.0 and isfinite(before) and before > 0.0
    if not is_whole or not candle.volume * high <= MONEY_MAX or not candle.volume >= 0.0:
        return False
    is_inside = low <= candle.open <= high and low <= candle.close <= high
    return is_inside and log(high / before) < LEAP_MIN and log(before / low) < LEAP_MIN


def judge_live(page: CandleHistory, *, known_us: int, occasion: Occasion) -> LiveVerdict:
    """The verdict over what is later than `known_us`; the bars before only measure it.

    A step that has stayed for a bar is taken as it is: it halts its symbol.
    """
    page = in_time_order(page)
    delivered, found = judge_page(
        page, lambda _since_us: page.cut(0), until_us=LATEST_US, occasion=occasion
    )
    steps = [problem.ts_us for problem in found.problems if problem.rule == "step"]
    first_us = min((ts_us for ts_us in steps if ts_us is not None), default=None)
    if first_us is not None:
        return _up_to_step(page, first_us, known_us=known_us, occasion=occasion)
    refused = _refusals(page, found, known_us=known_us)
    clean = delivered.clean.at(delivered.clean.ts_us > known_us)
    taken = [clean.candle(row) for row in range(len(clean))]
    gone = {each.ts_us for each in refused}
    return LiveVerdict(_up_to_gap(taken, gone, known_us=known_us, occasion=occasion), refused)


def _up_to_step(
    page: CandleHistory, first_us: int, *, known_us: int, occasion: Occasion
) -> LiveVerdict:
    """One among the bars that are known already was judged when it came."""
    if first_us <= known_us:
        later = page.at(page.ts_us >= first_us)
        return judge_live(later, known_us=known_us, occasion=occasion)
    before = judge_live(page.at(page.ts_us < first_us), known_us=known_us, occasion=occasion)
    stepped = page.at(page.ts_us == first_us).candle(0)
    return LiveVerdict((*before.taken, stepped), before.refused)


def _refusals(
    page: CandleHistory, found: Examination, *, known_us: int
) -> tuple[RefusedCandle, ...]:
    """Each with its own rule; where nothing of the page may be used, the others with the page's."""
    told: dict[int, RefusedCandle] = {}
    for problem in found.quarantined:
        row_us = None if problem.row is None else int(page.ts_us[problem.row])
        ts_us = row_us if problem.ts_us is None else problem.ts_us
        if ts_us is not None and ts_us > known_us:
            told.setdefault(ts_us, RefusedCandle(ts_us, problem.rule, problem.text))
    whole = [p for p in found.problems if p.level == "refuse" and p.rule != "empty"]
    for ts_us in page.ts_us[page.ts_us > known_us].tolist() if whole else ():
        told.setdefault(ts_us, RefusedCandle(ts_us, whole[0].rule, whole[0].text))
    return tuple(told[ts_us] for ts_us in sorted(told))


def _up_to_gap(
    taken: list[Candle], gone: Collection[int], *, known_us: int, occasion: Occasion
) -> tuple[Candle, ...]:
    """Without what follows a gap that the venue may still fill; a refused candle leaves none."""
    frame_us, now_us = occasion.timeframe_us, occasion.now_us or LATEST_US
    before_us = known_us
    for place, candle in enumerate(taken):
        missing = (candle.ts_us - before_us) // frame_us - 1
        refused = sum(before_us < ts_us < candle.ts_us for ts_us in gone)
        if missing > refused and candle.ts_us + 2 * frame_us > now_us:
            return tuple(taken[:place])
        before_us = candle.ts_us
    return tuple(taken)
