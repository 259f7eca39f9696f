"""A real dbt build on a real lake: its numbers, its checks, and where its files land."""

import math
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import dagster as dg
import pytest

from nija_adapters.home.places import Home
from nija_adapters.lake.lake import Lake
from nija_domain.market.candles import Bar
from nija_domain.market.timeframes import DAY_US, HOUR_US, utc_day
from tests.fakes.candle_walks import BAR_US
from tests.fakes.warehouse_rows import base_histories, feedback, write_rows

ROOT = Path(__file__).parents[3]
TABLES = ("candles_1h", "candles_1d", "closed_trades", "daily_performance")
OF_CANDLES = ("stg_candles", "base_candles", "candles_1h", "candles_1d")
Rows = list[dict[str, Any]]

PLANT = """
INSERT INTO lake.candle_rows
SELECT * REPLACE (ts_us + 1000 * timeframe_us AS ts_us, 2 * high AS low)
FROM lake.candle_rows WHERE symbol = 'BTC/USD' LIMIT 1
"""


class Build(NamedTuple):
    succeeded: bool
    checks: dict[str, bool]
    tables: dict[str, Rows]


def _build(home: Path, *, only: Sequence[str] | None = None) -> Build:
    from nija_pipelines.warehouse.definitions import gather  # dbt: seconds, in one worker alone

    job = gather(Home(home)).resolve_job_def("warehouse_build")
    with dg.DagsterInstance.ephemeral() as instance:
        done = job.execute_in_process(
            instance=instance,
            raise_on_error=False,
            asset_selection=None if only is None else [dg.AssetKey(["warehouse", n]) for n in only],
        )
    checks = {found.check_name: found.passed for found in done.get_asset_check_evaluations()}
    with Lake(home / "lake") as lake:
        return Build(done.success, checks, {name: _rows(lake, name) for name in TABLES})


def _rows(lake: Lake, table: str) -> Rows:
    def ask(cursor: Any) -> Rows:
        found = cursor.execute(f"FROM lake.warehouse.{table} ORDER BY ALL")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return lake._catalogue.read(ask)


def _project_files() -> list[Path]:
    left = [ROOT / name for name in ("target", "logs", "dbt_packages", ".user.yml")]
    return [*sorted((ROOT / "dbt_models").rglob("*")), *(path for path in left if path.exists())]


class Story(NamedTuple):
    """A build on good rows, one of what a bad row reaches, and the files around both."""

    good: Build
    bad: Build
    files_before: list[Path]
    files_after: list[Path]


def tell_story(home: Path) -> Story:
    files = _project_files()
    write_rows(home)
    good = _build(home)
    with Lake(home / "lake") as lake:
        lake._catalogue.write(lambda cursor: cursor.execute(PLANT))
    return Story(good, _build(home, only=OF_CANDLES), files, _project_files())


def test_the_warehouse_from_lake_to_marts(warehouse_home: Path) -> None:
    """Two builds hold all that is claimed below; they are told once, because dbt takes seconds."""
    story = tell_story(warehouse_home)

    expect_every_check_to_pass(story.good)
    expect_a_fold_over_the_candles(story.good.tables["candles_1h"], span_us=HOUR_US)
    expect_a_fold_over_the_candles(story.good.tables["candles_1d"], span_us=DAY_US)
    expect_exact_trades(story.good.tables["closed_trades"])
    expect_days_to_add_up(story.good.tables["daily_performance"])
    expect_a_bad_row_to_go_no_further(story)
    assert story.files_after == story.files_before, "dbt left files in the repository"


def _rolled_up(span_us: int) -> dict[tuple[str, int], tuple[Bar, int]]:
    """The same roll-up, candle by candle."""
    parts: dict[tuple[str, int], list[Bar]] = defaultdict(list)
    for history in base_histories():
        for row, ts_us in enumerate(history.ts_us.tolist()):
            parts[history.symbol, ts_us // span_us * span_us].append(history.bar(row))
    return {
        place: (
            Bar(
                bars[0].open,
                max(bar.high for bar in bars),
                min(bar.low for bar in bars),
                bars[-1].close,
                math.fsum(bar.volume for bar in bars),
            ),
            len(bars),
        )
        for place, bars in parts.items()
    }


def expect_a_fold_over_the_candles(rows: Rows, *, span_us: int) -> None:
    """Prices are equal to the bit; each volume is counted once, in its last revision."""
    expected = _rolled_up(span_us)
    found = {(row["symbol"], row["ts_us"]): row for row in rows}

    assert found.keys() == expected.keys()
    for place, (bar, bars) in expected.items():
        row = found[place]
        assert (row["open"], row["high"], row["low"], row["close"]) == bar[:4]
        assert row["volume"] == pytest.approx(bar.volume, rel=1e-12)
        assert (row["bars"], row["is_whole"]) == (bars, bars * BAR_US == span_us)


def expect_exact_trades(rows: Rows) -> None:
    """Each round trip has its net profit to the last decimal, and what was believed with it."""
    _, trades = feedback()
    found = [
        (row["sequence"], row["net"], row["holding_us"], row["is_win"], row["regime"])
        for row in rows
    ]

    assert found == [
        (
            trade.sequence,
            trade.gross - trade.fees,
            trade.at_us - trade.opened_us,
            trade.gross > trade.fees,
            trade.regime,
        )
        for trade in trades
    ]
    beliefs = [(row["config_id"], row["release_id"]) for row in rows]
    assert beliefs == [(trade.config_id, trade.release_id) for trade in trades]


def expect_days_to_add_up(rows: Rows) -> None:
    """Net, fees, trades, wins and what was paid are sums over each UTC day, exact in Decimal."""
    fills, trades = feedback()
    days = {utc_day(row.at_us) for row in (*fills, *trades)}
    expected = []
    for day in sorted(days):
        closed = [trade for trade in trades if utc_day(trade.at_us) == day]
        wins = sum(trade.gross > trade.fees for trade in closed)
        expected.append(
            {
                "day": date(1970, 1, 1) + timedelta(days=day),
                "trades": len(closed),
                "wins": wins,
                "gross": sum((trade.gross for trade in closed), Decimal()),
                "fees": sum((trade.fees for trade in closed), Decimal()),
                "net": sum((trade.gross - trade.fees for trade in closed), Decimal()),
                "fills": sum(utc_day(fill.at_us) == day for fill in fills),
                "fees_paid": sum((f.fee for f in fills if utc_day(f.at_us) == day), Decimal()),
            }
        )

    assert rows == expected
    assert len(expected) > 3


def expect_every_check_to_pass(build: Build) -> None:
    """The build succeeds with each dbt test told as an asset check that passed."""
    assert build.succeeded
    assert len(build.checks) == 20
    assert all(build.checks.values())


def expect_a_bad_row_to_go_no_further(story: Story) -> None:
    """A low above the high fails one check; roll-ups keep their last good rows."""
    failed = [name for name, passed in story.bad.checks.items() if not passed]

    assert not story.bad.succeeded
    assert failed == ["stg_candles_bar_order"]
    assert story.bad.tables == story.good.tables
