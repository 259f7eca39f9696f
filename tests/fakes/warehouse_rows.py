"""A small lake's worth of rows whose roll-ups and marts can be worked out by hand."""

from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np

from nija_adapters.lake.lake import Lake
from nija_domain.learning.feedback import FillRow, TradeRow
from nija_domain.market.candles import CandleHistory
from nija_domain.market.timeframes import DAY_US, HOUR_US, MINUTE_US
from tests.fakes.candle_walks import BAR_US, random_walk

FIRST_DAY_US = 20_000 * DAY_US
START_US = FIRST_DAY_US + 7 * HOUR_US + 35 * MINUTE_US
BARS = {"BTC/USD": 500, "ETH/USD": 290}


def write_rows(home: Path) -> None:
    """Five-minute candles with one revision, hours that repeat them, fills and trades."""
    fills, trades = feedback()
    with Lake(home / "lake") as lake:
        for page in (first_words(), base_histories()):
            lake.append_candles(
                page, venue="kraken", timeframe_us=BAR_US, source="kraken", known_at_us=_late()
            )
        hours = random_walk(bars=30, seed=9, symbol="ETH/USD")
        hours = msgspec.structs.replace(hours, ts_us=FIRST_DAY_US + np.arange(30) * HOUR_US)
        lake.append_candles(
            [hours], venue="kraken", timeframe_us=HOUR_US, source="kraken", known_at_us=_late()
        )
        lake.append_feedback(fills, trades)


def base_histories() -> list[CandleHistory]:
    """What the venue says of the five-minute candles in the end."""
    return [
        msgspec.structs.replace(walk, ts_us=walk.ts_us + START_US)
        for walk in (
            random_walk(bars=bars, seed=seed, symbol=symbol)
            for seed, (symbol, bars) in enumerate(BARS.items())
        )
    ]


def first_words() -> list[CandleHistory]:
    """What it said first: one volume of the first symbol was ten times as large."""
    history, *others = base_histories()
    volume = history.volume.copy()
    volume[40] *= 10.0
    return [msgspec.structs.replace(history, volume=volume), *others]


def feedback() -> tuple[list[FillRow], list[TradeRow]]:
    """Ten round trips in three days, and an entry on a fourth that has not closed."""
    rng = np.random.default_rng(5)
    trades = [_trade(number, rng) for number in range(10)]
    fills = [
        _fill(2 * number + side, at_us=at_us, fee=trade.fees / 2)
        for number, trade in enumerate(trades)
        for side, at_us in enumerate((trade.opened_us, trade.at_us))
    ]
    return [*fills, _fill(900, at_us=FIRST_DAY_US + 5 * DAY_US, fee=Decimal("0.07"))], trades


def _trade(number: int, rng: np.random.Generator) -> TradeRow:
    opened_us = START_US + number * 6 * HOUR_US
    gross = Decimal(int(rng.integers(-500, 700))) / 1000
    return TradeRow(
        sequence=1000 + number,
        at_us=opened_us + int(rng.integers(1, 5 * HOUR_US)),
        opened_us=opened_us,
        symbol="BTC/USD",
        quantity=Decimal("0.012345678901234567"),
        entry_price=Decimal("100.5"),
        exit_price=Decimal("101.25"),
        gross=gross,
        fees=Decimal(int(rng.integers(0, 300))) / 1000,
        regime=("Bull", "Bear", "Chop")[number % 3],
        config_id=f"trend:BTC/USD:{number % 2}",
        release_id=f"release-{number // 4:06d}",
    )


def _fill(sequence: int, *, at_us: int, fee: Decimal) -> FillRow:
    return FillRow(
        sequence=sequence,
        at_us=at_us,
        order_id=f"o{sequence}",
        trade_id=f"t{sequence}",
        symbol="BTC/USD",
        side="buy",
        quantity=Decimal("0.01"),
        price=Decimal(100),
        fee=fee,
        release_id="release-000000",
    )


def _late() -> int:
    return FIRST_DAY_US + 30 * DAY_US
