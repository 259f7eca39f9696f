"""The trades behind a bar: where its path opens, turns and closes, and once a minute between.

Without those of the minutes a bar of one minute could hold no trade, and would be none.
"""

from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal
from itertools import islice
from typing import NamedTuple

from nija_domain.market.timeframes import MINUTE_US, SECOND_US
from simulator.dialect import Json
from simulator.listings import LOT_DECIMALS, Listing
from simulator.tape import Tape, Walk

PRINTS_MAX = 1_000
_US_NS = 1_000


class Print(NamedTuple):
    number: int
    at_us: int
    price: float
    volume: Decimal
    side: str


def prints_of(tape: Tape, row: int) -> Iterator[Print]:
    """Together they are the bar to the bit: its prices, and its volume as the venue writes it."""
    walks, lot = list(tape.walks_of(row)), Decimal(1).scaleb(-LOT_DECIMALS)
    stations = list(_stations(walks))
    whole = Decimal(f"{tape.candles.volume[row]:.{LOT_DECIMALS}f}")
    part = (whole / len(stations)).quantize(lot, rounding=ROUND_DOWN)
    for place, (at_us, price) in enumerate(stations):
        is_last = place == len(stations) - 1
        volume = whole - part * (len(stations) - 1) if is_last else part
        side = "b" if place and price >= stations[place - 1][1] else "s"
        yield Print(row * len(stations) + place + 1, at_us, price, volume, side)


def _stations(walks: list[Walk]) -> Iterator[tuple[int, float]]:
    for walk in walks:
        yield walk.start_us, walk.price_from
        first_us = walk.start_us - walk.start_us % MINUTE_US + MINUTE_US
        for at_us in range(first_us, walk.end_us, MINUTE_US):
            yield at_us, walk.price_at(at_us)
    yield walks[-1].end_us - 1, walks[-1].price_to


def list_prints(tape: Tape, *, listing: Listing, since_ns: int, count: int, now_us: int) -> Json:
    """Those after `since_ns`, the oldest first, and where to go on from."""
    prints = list(islice(_prints_after(tape, since_ns=since_ns, now_us=now_us), count))
    rows: list[list[object]] = [_row(each, listing=listing) for each in prints]
    return {listing.pair: rows, "last": str(prints[-1].at_us * _US_NS if prints else since_ns)}


def _prints_after(tape: Tape, *, since_ns: int, now_us: int) -> Iterator[Print]:
    first_row = max(0, (since_ns // _US_NS - tape.start_us) // tape.timeframe_us)
    for row in range(first_row, tape.row_at(now_us) + 1):
        for trade in prints_of(tape, row):
            if trade.at_us * _US_NS > since_ns and trade.at_us <= now_us:
                yield trade


def _row(trade: Print, *, listing: Listing) -> list[object]:
    """Kraken's row: price, volume, time, side, kind of order, miscellaneous, number."""
    price = f"{trade.price:.{listing.price_decimals}f}"
    return [price, f"{trade.volume:f}", trade.at_us / SECOND_US, trade.side, "m", "", trade.number]
