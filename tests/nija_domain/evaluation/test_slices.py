"""Three parts of history that never overlap and lose nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.errors import CandlesInvalid
from nija_domain.evaluation.slices import BARS_PER_SLICE_MIN, slice_histories
from nija_domain.market.candles import CandleHistory
from tests.fakes.candle_walks import random_walk


def _with_gaps(symbol: str, keep: np.ndarray) -> CandleHistory:
    history = random_walk(bars=len(keep), seed=1, symbol=symbol)
    columns = [getattr(history, name)[keep] for name in CandleHistory.__struct_fields__[1:]]
    return CandleHistory(symbol, *columns)


@given(seed=st.integers(0, 2**32), bars=st.integers(260, 600), share=st.floats(0.3, 1.0))
@settings(max_examples=40, deadline=None)
def test_the_parts_never_overlap_and_lose_nothing(seed: int, bars: int, share: float) -> None:
    """Gaps or not, all that one part has of any symbol comes before all that the next has."""
    keep = np.random.default_rng(seed).random(bars) < share
    whole = random_walk(bars=bars, seed=2, symbol="ETH/USD")
    histories = {"BTC/USD": _with_gaps("BTC/USD", keep), "ETH/USD": whole}
    parts = slice_histories(histories)
    times = [
        np.concatenate([history.ts_us for history in part.values()])
        for part in (parts.fit, parts.calibrate, parts.test)
    ]

    assert times[0].max() < times[1].min()
    assert times[1].max() < times[2].min()
    for symbol, history in histories.items():
        pieces = [part[symbol].ts_us for part in (parts.fit, parts.calibrate, parts.test)]
        assert np.array_equal(np.concatenate(pieces), history.ts_us)


def test_what_is_known_before_the_test_is_fit_and_calibration() -> None:
    """Both parts in order, not a bar of the test."""
    parts = slice_histories({"BTC/USD": random_walk(bars=400, seed=1)})
    known = parts.known_before_test()["BTC/USD"]

    assert np.array_equal(known.ts_us, random_walk(bars=400, seed=1).ts_us[:300])
    assert known.ts_us[-1] < parts.test["BTC/USD"].ts_us[0]


@pytest.mark.parametrize("bars", [1, 4 * BARS_PER_SLICE_MIN - 4])
def test_too_little_history_is_refused(bars: int) -> None:
    """A slice that proves nothing is not made."""
    with pytest.raises(CandlesInvalid, match="ingest more"):
        slice_histories({"BTC/USD": random_walk(bars=bars, seed=1)})


def test_no_history_is_refused() -> None:
    """Nothing to slice has its own sentence."""
    with pytest.raises(CandlesInvalid, match="no candles"):
        slice_histories({})
