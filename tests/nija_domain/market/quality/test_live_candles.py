"""The quick look at a new candle says no more than the contract would."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from nija_domain.market.candles import Candle, CandleHistory, history_of, joined
from nija_domain.market.quality.live import are_plain, judge_live
from nija_domain.market.quality.stamps import EARLIEST_US, Occasion
from nija_domain.market.timeframes import MINUTE_US

FRAME_US = 5 * MINUTE_US
START_US = EARLIEST_US + FRAME_US - EARLIEST_US % FRAME_US
KNOWN = 60
KNOWN_US = START_US + (KNOWN - 1) * FRAME_US


def _known(scale: float, seed: int = 1) -> CandleHistory:
    """A market that moves by this much in a bar, and ends at 100."""
    walk = np.cumsum(np.random.default_rng(seed).normal(0.0, scale, KNOWN))
    closes = 100.0 * np.exp(walk - walk[-1])
    opens = np.append(closes[:1], closes[:-1])
    candles = [
        _candle(row, open_, close)
        for row, (open_, close) in enumerate(zip(opens.tolist(), closes.tolist(), strict=True))
    ]
    return history_of("BTC/USD", candles)


def _candle(row: int, open_: float, close: float, *, reach: float = 1.0) -> Candle:
    high, low = max(open_, close) * reach, min(open_, close) / reach
    return Candle("BTC/USD", START_US + row * FRAME_US, open_, high, low, close, 1.0)


def _judged(history: CandleHistory, *candles: Candle, now_row: int) -> tuple[list[int], list[str]]:
    verdict = judge_live(
        joined(history, history_of("BTC/USD", [*candles])),
        known_us=KNOWN_US,
        occasion=Occasion(FRAME_US, START_US + now_row * FRAME_US),
    )
    taken = [(candle.ts_us - START_US) // FRAME_US for candle in verdict.taken]
    return taken, [refused.rule for refused in verdict.refused]


NUMBERS = st.sampled_from((0.0, -1.0, float("nan"), float("inf"), 1e30))


@given(
    scale=st.sampled_from((0.0, 1e-6, 1e-3, 0.02)),
    moves=st.lists(st.tuples(*[st.floats(-0.05, 0.05)] * 2), min_size=1, max_size=3),
    reach=st.sampled_from((1.0, 1.001, 1.02, 1.04, 2.0)),
    late=st.sampled_from((0, 0, 0, 1, FRAME_US)),
    spoilt=st.none()
    | st.tuples(st.sampled_from(("open", "high", "low", "close", "volume")), NUMBERS),
)
@settings(max_examples=300, deadline=None)
def test_what_is_plain_is_taken_by_the_contract(
    scale: float,
    moves: list[tuple[float, float]],
    reach: float,
    late: int,
    spoilt: tuple[str, float] | None,
) -> None:
    """Whatever the market before: where the quick look is content, nothing is refused or held."""
    history, candles, close = _known(scale), list[Candle](), 100.0
    for row, (gap, move) in enumerate(moves):
        open_ = close * (1.0 + gap)
        close = open_ * (1.0 + move)
        candles.append(_candle(KNOWN + row, open_, close, reach=reach))
    candles[-1] = replace(candles[-1], ts_us=candles[-1].ts_us + late)
    if spoilt:
        candles[-1] = replace(candles[-1], **{spoilt[0]: spoilt[1]})
    if not are_plain(candles, known_us=KNOWN_US, close=100.0, timeframe_us=FRAME_US):
        return
    rows = [KNOWN + row for row in range(len(candles))]

    assert _judged(history, *candles, now_row=rows[-1] + 1) == (rows, [])


def test_most_candles_are_plain() -> None:
    """The quick look is of use: it is content with a market that moves as markets do."""
    history = _known(0.002)
    candles = [history.candle(row) for row in range(1, KNOWN)]
    first = history.candle(0)

    assert are_plain(candles, known_us=first.ts_us, close=first.close, timeframe_us=FRAME_US)


@pytest.mark.parametrize("factor", [0.7, 1.5, 1_000.0])
def test_a_leap_waits_then_it_has_stayed_or_was_never_there(factor: float) -> None:
    """Alone it is held; beside the next bar it is a misprint, a move of the market, or a step."""
    history, there = _known(0.002), 100.0 * factor
    leap = _candle(KNOWN, there, there)
    back, on = _candle(KNOWN + 1, 100.0, 100.0), _candle(KNOWN + 1, there, there)
    stayed = [KNOWN] if factor > 9.5 else [KNOWN, KNOWN + 1]

    assert _judged(history, leap, now_row=KNOWN + 1) == ([], [])
    assert _judged(history, leap, back, now_row=KNOWN + 2) == ([KNOWN + 1], ["spike"])
    assert _judged(history, leap, on, now_row=KNOWN + 2) == (stayed, [])


def test_a_page_of_broken_rows_alone_is_refused_row_by_row() -> None:
    """Without a bar to measure them by, each still has its rule."""
    broken = replace(_candle(KNOWN, 100.0, 100.0), close=0.0)
    nothing = _known(0.002).cut(0)

    assert _judged(nothing, broken, now_row=KNOWN + 1) == ([], ["price"])
