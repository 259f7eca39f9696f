"""Candles from trades equal a fold trade by trade, however the trades are cut."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.errors import CandlesInvalid
from nija_domain.market.candles import CandleHistory
from nija_domain.market.trades import VOLUME_TOLERANCE, TradePrints, candles_of

BAR_US = 60
END_US = 20 * BAR_US


@st.composite
def prints(draw: st.DrawFn) -> TradePrints:
    moments = sorted(draw(st.lists(st.integers(0, END_US - 1), max_size=60)))
    cents = draw(st.lists(st.integers(1, 10_000), min_size=len(moments), max_size=len(moments)))
    lots = draw(st.lists(st.integers(1, 10**9), min_size=len(moments), max_size=len(moments)))
    return TradePrints(
        "BTC/USD", np.array(moments, dtype=np.int64), np.array(cents) / 100, np.array(lots) / 1e8
    )


def _folded_slowly(trades: TradePrints) -> dict[int, list[float]]:
    bars: dict[int, list[float]] = {}
    for at_us, price, quantity in zip(trades.at_us, trades.price, trades.quantity, strict=True):
        bar = bars.setdefault(int(at_us) // BAR_US * BAR_US, [price, price, price, price, 0.0])
        bar[1], bar[2], bar[3] = max(bar[1], price), min(bar[2], price), price
        bar[4] += quantity
    return bars


def _built(trades: TradePrints, from_us: int = 0, until_us: int = END_US) -> CandleHistory:
    return candles_of(trades, timeframe_us=BAR_US, from_us=from_us, until_us=until_us)


@given(prints())
def test_candles_equal_a_slow_fold(trades: TradePrints) -> None:
    """Prices to the bit, volumes within the stated tolerance; no bar where nothing was traded."""
    candles, slow = _built(trades), _folded_slowly(trades)

    assert candles.ts_us.tolist() == list(slow)
    for row, expected in enumerate(slow.values()):
        assert list(candles.bar(row)[:4]) == expected[:4]
        assert math.isclose(candles.volume[row], expected[4], rel_tol=VOLUME_TOLERANCE)


@given(prints(), st.integers(0, 20))
def test_two_stretches_are_the_whole(trades: TradePrints, bars: int) -> None:
    """A back-fill may be cut at any bar, and trades beside the stretch change nothing."""
    whole, cut_us = _built(trades), bars * BAR_US
    parts = [_built(trades, 0, cut_us), _built(trades, cut_us, END_US)]

    for name in CandleHistory.__struct_fields__[1:]:
        joined = np.concatenate([getattr(part, name) for part in parts])
        assert joined.tobytes() == getattr(whole, name).tobytes()


PRINTS = TradePrints(
    "BTC/USD", np.array([1, 2, 3]), np.array([10.0, 11.0, 12.0]), np.array([1.0, 2.0, 3.0])
)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"at_us": np.array([1, 3, 2])}, "trade 2 of BTC/USD is earlier"),
        ({"price": np.array([10.0, 0.0, 12.0])}, "price of trade 1 of BTC/USD is 0.0"),
        ({"quantity": np.array([1.0, 2.0, math.nan])}, "quantity of trade 2 of BTC/USD is nan"),
    ],
)
def test_bad_trades_are_refused(changed: dict[str, object], words: str) -> None:
    """The error names the trade and what is wrong with it."""
    with pytest.raises(CandlesInvalid, match=words):
        _built(msgspec.structs.replace(PRINTS, **changed))


def test_half_a_bar_is_refused() -> None:
    """A stretch that ends within a bar would make an open bar look closed."""
    with pytest.raises(CandlesInvalid, match="until_us 90 is inside a bar"):
        _built(PRINTS, 0, 90)
