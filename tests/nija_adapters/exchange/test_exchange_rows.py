"""What an exchange answers reaches the quality contract row by row, page by page."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from nija_adapters.exchange.answers import read_candle
from nija_domain.errors import VenueRefused
from nija_domain.market.candles import CandleHistory
from nija_domain.market.quality.examination import Examination, examine_history
from nija_domain.market.timeframes import MINUTE_US
from tests.fakes.answering_exchange import AnsweringExchange, Row, market_of, rows_until

NOW_US = 28_333_450 * MINUTE_US
PAIR = "BTC/USD"


def _history(
    rows: Sequence[Any], *, bars: int, window: int | None = None
) -> tuple[CandleHistory, AnsweringExchange]:
    """The newest so many bars, asked for as a stretch, and the exchange that was asked."""
    exchange = AnsweringExchange({PAIR: rows}, window=window)
    asked = market_of(exchange).fetch_history(
        PAIR,
        timeframe_us=MINUTE_US,
        from_us=NOW_US - bars * MINUTE_US,
        until_us=NOW_US,
    )
    return asyncio.run(asked), exchange


def _judged(history: CandleHistory) -> Examination:
    return examine_history(history, timeframe_us=MINUTE_US, now_us=NOW_US)


def _rules(found: Examination) -> list[str]:
    return [problem.rule for problem in found.problems]


def test_rows_that_contradict_each_other_are_both_set_aside() -> None:
    """One stamp told twice in one page: neither of its rows is chosen."""
    rows = rows_until(NOW_US, count=100)
    otherwise: Row = [*rows[50][:4], 100.5, 999.0]
    history, _ = _history([*rows[:51], otherwise, *rows[51:]], bars=100)
    found = _judged(history)

    assert [rule for rule in _rules(found) if rule == "conflict"] == ["conflict"] * 2
    assert rows[50][0] * 1_000 not in found.clean.ts_us
    assert found.rows_out == 99


def test_rows_come_in_the_order_in_which_they_were_told() -> None:
    """An exchange that tells the newest first is repaired by the contract, which says so."""
    rows = rows_until(NOW_US, count=20)
    history, _ = _history(rows[::-1], bars=20)

    assert history.ts_us.tolist() == [row[0] * 1_000 for row in rows[::-1]]
    assert "order" in _rules(_judged(history))


def test_the_same_row_twice_is_dropped_by_the_contract() -> None:
    """The page tells it twice, and so does what is handed on."""
    rows = rows_until(NOW_US, count=20)
    history, _ = _history([*rows, rows[7]], bars=20)

    assert len(history) == 21
    assert "duplicate" in _rules(_judged(history))


def test_stamps_in_another_unit_reach_the_contract() -> None:
    """Seconds and microseconds among milliseconds are told apart there, not lost before."""
    rows = rows_until(NOW_US, count=20)
    strayed = [[rows[3][0] // 1_000, *rows[3][1:]], [rows[4][0] * 1_000, *rows[4][1:]]]
    history, _ = _history([*rows[:3], *strayed, *rows[5:]], bars=20)
    found = _judged(history)

    assert _rules(found).count("unit") == 2
    assert found.clean.ts_us.tolist() == [row[0] * 1_000 for row in rows]


def test_an_exchange_that_answers_by_windows_loses_nothing_behind_a_halt() -> None:
    """Windows of three hundred bars, five hundred without trades: every other bar comes."""
    rows = rows_until(NOW_US, count=5_000)
    found = [*rows[:500], *rows[1_000:]]
    history, exchange = _history(found, bars=5_000, window=300)

    assert history.ts_us.tolist() == [row[0] * 1_000 for row in found]
    assert exchange.asked <= 25


def test_the_shortest_windows_lose_nothing_behind_a_late_listing() -> None:
    """Nothing was told yet that would show how long they are."""
    rows = rows_until(NOW_US, count=550)
    history, _ = _history(rows, bars=3_210, window=100)

    assert history.ts_us.tolist() == [row[0] * 1_000 for row in rows]


def test_an_exchange_that_tells_nothing_is_asked_so_many_times() -> None:
    """A day of minutes in steps of the shortest window, and then no more."""
    history, exchange = _history([], bars=1_440)

    assert len(history) == 0
    assert exchange.asked == 15


def test_bars_that_begin_after_the_stretch_end_it_at_once() -> None:
    """The first bars that there are say that there are none before."""
    exchange = AnsweringExchange({PAIR: rows_until(NOW_US, count=50)})
    asked = market_of(exchange).fetch_history(
        PAIR,
        timeframe_us=MINUTE_US,
        from_us=NOW_US - 1_440 * MINUTE_US,
        until_us=NOW_US - 100 * MINUTE_US,
    )

    assert len(asyncio.run(asked)) == 0
    assert exchange.asked == 1


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ([None, 100.0, 101.0, 99.0, 100.0, 1.0], "stamp"),
        (["soon", 100.0, 101.0, 99.0, 100.0, 1.0], "stamp"),
        ([float("nan"), 100.0, 101.0, 99.0, 100.0, 1.0], "stamp"),
        ([10**30, 100.0, 101.0, 99.0, 100.0, 1.0], "stamp"),
        ([], "stamp"),
        (None, "stamp"),
        ([NOW_US // 1_000 - 60_000, 100.0, "N/A", 99.0, 100.0, 1.0], "price"),
        ([NOW_US // 1_000 - 60_000, 100.0, 101.0, 99.0, [], 1.0], "price"),
        ([NOW_US // 1_000 - 60_000, 100.0, 101.0, 99.0, 100.0, None], "volume"),
        ([NOW_US // 1_000 - 60_000, 100.0, 101.0, 99.0, 100.0], "volume"),
    ],
)
def test_a_row_that_cannot_be_read_is_set_aside(row: Any, rule: str) -> None:
    """Under the rule that it breaks; the rows beside it are used."""
    rows = rows_until(NOW_US - MINUTE_US, count=20)
    history, _ = _history([*rows, row], bars=30)
    found = _judged(history)

    assert [problem.rule for problem in found.quarantined] == [rule]
    assert found.clean.ts_us.tolist() == [row[0] * 1_000 for row in rows]


def test_the_venues_unreadable_row_is_named_with_its_symbol() -> None:
    """No traceback of Python's, and nothing for which every symbol would have to wait."""
    with pytest.raises(VenueRefused, match=r"candle of BTC/USD that cannot be read .*N/A.*ask"):
        read_candle("BTC/USD", row=[1_700_000_000, "1", "N/A", "1", "1", "1", "1", 1])
