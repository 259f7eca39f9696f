"""What an exchange tells wrongly, twice or otherwise than before, and what the lake then holds."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from nija_adapters.lake.lake import Lake
from nija_domain.market.candles import Candle, CandleHistory, history_of
from nija_domain.market.quality.examination import examine_history
from nija_domain.market.timeframes import MINUTE_US
from nija_pipelines.ingestion.fetching import ingest_symbols
from nija_pipelines.ingestion.plan import Ingested, IngestPlan
from tests.fakes.answering_exchange import AnsweringExchange, Row, market_of, rows_until

NOW_US = 28_333_450 * MINUTE_US
BTC, ETH = "BTC/USD", "ETH/USD"


def _ingest(
    lake: Lake,
    rows: Mapping[str, Sequence[Any]],
    *,
    now_us: int = NOW_US,
    confirmed_us: Mapping[str, frozenset[int]] | None = None,
) -> dict[str, Ingested]:
    plan = IngestPlan(
        symbols=tuple(rows),
        venue="simulated",
        timeframe_us=MINUTE_US,
        source="exchange",
        confirmed_us=confirmed_us or {},
    )
    market = market_of(AnsweringExchange(rows, now_us=now_us))
    done, _ = asyncio.run(ingest_symbols(plan, market, lake, notify=lambda _: None))
    return {ingested.symbol: ingested for ingested in done}


def _grow(lake: Lake, rows: list[Row]) -> list[Ingested]:
    """As every minute brings one more bar: the last three one by one."""
    return [
        _ingest(lake, {BTC: rows[: len(rows) - left]}, now_us=NOW_US - left * MINUTE_US)[BTC]
        for left in (2, 1, 0)
    ]


def _leaping(rows: list[Row], number: int) -> Row:
    return [rows[number][0], *(price * 2.0 for price in rows[number][1:5]), rows[number][5]]


def _problems(history: CandleHistory) -> list[str]:
    found = examine_history(history, timeframe_us=MINUTE_US, now_us=NOW_US)
    return [problem.rule for problem in found.problems]


def _stored(lake: Lake, symbol: str = BTC) -> CandleHistory:
    return lake.read_candles(
        [symbol], venue="simulated", timeframe_us=MINUTE_US, snapshot=lake.snapshot()
    )[symbol]


def test_a_row_that_cannot_be_read_costs_itself_alone(tmp_path: Path) -> None:
    """The rest of its symbol and all other symbols are stored, and again it changes nothing."""
    rows = {BTC: rows_until(NOW_US, count=100), ETH: rows_until(NOW_US, count=100)}
    rows[BTC][5][2] = "N/A"
    rows[BTC][6][0] = None
    with Lake(tmp_path) as lake:
        done = _ingest(lake, rows)
        snapshot = lake.snapshot()
        _ingest(lake, rows)

        assert [(i.written, i.quarantined) for i in done.values()] == [(98, 2), (100, 0)]
        assert len(_stored(lake)) == 98
        assert lake.snapshot() == snapshot


def test_a_symbol_whose_answer_is_no_market_stops_no_other(tmp_path: Path) -> None:
    """Nothing of it can be believed, which is said; the others are stored."""
    rows = {BTC: [["when", "what"]] * 50, ETH: rows_until(NOW_US, count=100)}
    with Lake(tmp_path) as lake:
        done = _ingest(lake, rows)

        assert "are not credible" in done[BTC].refused[0]
        assert done[ETH].written == 100


def test_a_closed_candle_that_its_source_revises_is_restated(tmp_path: Path) -> None:
    """A full lake misses the newest bar alone, and the two before it come otherwise now."""
    rows = rows_until(NOW_US, count=800)
    with Lake(tmp_path) as lake:
        _ingest(lake, {BTC: rows[:-1]})
        rows[-3][4], rows[-2][4] = 100.7, 100.9
        done = _ingest(lake, {BTC: rows})

        assert (done[BTC].missing_bars, done[BTC].written, done[BTC].restated) == (1, 1, 2)
        assert _stored(lake).close[-3:].tolist() == [100.7, 100.9, 100.0]


def test_stored_bars_are_asked_for_again_in_the_same_page(tmp_path: Path) -> None:
    """One request for the newest bar and those before it; none at all while nothing is missing."""
    rows = {BTC: rows_until(NOW_US, count=800)}
    with Lake(tmp_path) as lake:
        _ingest(lake, {BTC: rows[BTC][:-1]})
        asked = [_requests(lake, rows) for _ in range(2)]

        assert asked == [1, 0]


def _requests(lake: Lake, rows: Mapping[str, Sequence[Any]]) -> int:
    exchange = AnsweringExchange(rows, now_us=NOW_US)
    plan = IngestPlan(symbols=(BTC,), venue="simulated", timeframe_us=MINUTE_US, source="exchange")
    asyncio.run(ingest_symbols(plan, market_of(exchange), lake, notify=lambda _: None))
    return exchange.asked


def test_a_spike_at_the_end_of_a_page_is_never_stored(tmp_path: Path) -> None:
    """It waits for the bar after it, which shows that it was none; the lake stays trainable."""
    rows = rows_until(NOW_US, count=800)
    rows[-2] = _leaping(rows, -2)
    with Lake(tmp_path) as lake:
        done = _grow(lake, rows)

        assert [(i.written, i.quarantined) for i in done[1:]] == [(0, 0), (1, 1)]
        assert _problems(_stored(lake)) == ["gap"]
        assert _stored(lake).ts_us[-1] == rows[-1][0] * 1_000


def test_a_jump_at_the_end_of_a_page_is_stored_with_the_next_bar(tmp_path: Path) -> None:
    """It stayed, and no bar is lost."""
    rows = rows_until(NOW_US, count=800)
    rows[-2:] = [_leaping(rows, -2), _leaping(rows, -1)]
    with Lake(tmp_path) as lake:
        done = _grow(lake, rows)

        assert [(i.written, i.quarantined) for i in done[1:]] == [(0, 0), (2, 0)]
        assert _problems(_stored(lake)) == ["jump"]


def test_a_leap_before_a_halt_is_stored_when_no_bar_follows(tmp_path: Path) -> None:
    """It waits for one bar and not for ever."""
    rows = rows_until(NOW_US, count=800)
    rows[-2] = _leaping(rows, -2)
    with Lake(tmp_path) as lake:
        _ingest(lake, {BTC: rows[:-1]}, now_us=NOW_US - MINUTE_US)
        done = _ingest(lake, {BTC: rows[:-1]})

        assert done[BTC].written == 1
        assert _stored(lake).ts_us[-1] == rows[-2][0] * 1_000


def test_a_stored_spike_is_set_aside_when_the_next_bar_shows_it(tmp_path: Path) -> None:
    """Stored by another way, it stands in the quarantine once, with what it was."""
    rows = rows_until(NOW_US, count=800)
    rows[-2] = _leaping(rows, -2)
    with Lake(tmp_path) as lake:
        _ingest(lake, {BTC: rows[:-2]}, now_us=NOW_US - 2 * MINUTE_US)
        leap = Candle(BTC, rows[-2][0] * 1_000, *rows[-2][1:])
        lake.append_candles(
            [history_of(BTC, [leap])],
            venue="simulated",
            timeframe_us=MINUTE_US,
            source="file",
            known_at_us=NOW_US,
        )
        done = _ingest(lake, {BTC: rows})

        assert (done[BTC].written, done[BTC].quarantined) == (1, 1)
        assert _ingest(lake, {BTC: rows})[BTC].quarantined == 0


@pytest.mark.parametrize("after", [0, 1])
def test_a_spike_where_pieces_of_history_meet_is_set_aside(tmp_path: Path, after: int) -> None:
    """At the end of one the bar after it tells, at the begin of the next the stored one before."""
    rows = rows_until(NOW_US, count=3_000)
    last = 3_000 - 1_440 - 121
    rows[last + after] = _leaping(rows, last + after)
    plan = IngestPlan(
        symbols=(BTC,),
        venue="simulated",
        timeframe_us=MINUTE_US,
        source="exchange",
        since_us=rows[last - 1_439][0] * 1_000,
    )
    market = market_of(AnsweringExchange({BTC: rows}, now_us=NOW_US))
    with Lake(tmp_path) as lake:
        done, _ = asyncio.run(ingest_symbols(plan, market, lake, notify=lambda _: None))

        assert done[0].quarantined == 1
        assert _problems(_stored(lake)) == ["gap"]


def test_a_step_that_stays_is_taken_in_once_it_is_confirmed(tmp_path: Path) -> None:
    """Its symbol stands still with the command that confirms it; the others go on."""
    rows = {symbol: rows_until(NOW_US, count=100) for symbol in (BTC, ETH)}
    for row in rows[BTC][-3:]:
        row[1:5] = [price * 100.0 for price in row[1:5]]
    step_us = rows[BTC][-3][0] * 1_000
    with Lake(tmp_path) as lake:
        _ingest(
            lake,
            {symbol: found[:-3] for symbol, found in rows.items()},
            now_us=NOW_US - 3 * MINUTE_US,
        )
        halted = _ingest(lake, rows)
        held = len(_stored(lake))
        taken = _ingest(lake, rows, confirmed_us={BTC: frozenset({step_us})})

        assert (halted[BTC].written, halted[ETH].written, held) == (0, 3, 97)
        assert "nija candles confirm BTC/USD --venue simulated" in halted[BTC].refused[0]
        assert (taken[BTC].written, taken[BTC].refused) == (3, ())
