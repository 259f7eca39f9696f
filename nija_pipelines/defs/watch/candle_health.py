"""How complete the stored candles are, for Dagster's page and for the gateway's."""

from collections import defaultdict

import dagster as dg

from nija_domain.market.health import CandleHealth, Shown, Stored, SymbolHealth, measure_health
from nija_domain.market.timeframes import utc_date
from nija_pipelines.resources import Installation, LakeFolder

LEVELS = ((1.0, "█"), (0.99, "▓"), (0.9, "▒"), (0.0, "░"))
"""The least share of a day's bars that each sign stands for."""


@dg.asset(group_name="watch", kinds={"duckdb"}, deps=["candles"])
def candle_health(installation: Installation, lake: LakeFolder) -> dg.Output[CandleHealth]:
    """Coverage per symbol and day, gaps, and quarantined rows, over the last thirty days."""
    settings = installation.settings()
    with lake.open() as store:
        status, snapshot = store.status(), store.snapshot()
        frame_us = settings.timeframe_us
        ends_us = {
            reach.symbol: (reach.oldest_us, reach.newest_us)
            for reach in status.reaches
            if (reach.venue, reach.timeframe_us) == (settings.venue, frame_us)
        }
        newest_us = max((newest_us for _, newest_us in ends_us.values()), default=0)
        shown = Shown(timeframe_us=frame_us, now_us=newest_us + frame_us)
        histories = store.read_candles(
            settings.symbols,
            venue=settings.venue,
            timeframe_us=frame_us,
            snapshot=snapshot,
            since_us=max(0, shown.days_us[0]),
        )
    set_aside: dict[str, dict[str, int]] = defaultdict(dict)
    for row in status.quarantine:
        if row.venue == settings.venue:
            set_aside[row.symbol][row.rule] = row.rows
    stored = {symbol: Stored(h.ts_us, *ends_us.get(symbol, ())) for symbol, h in histories.items()}
    health = measure_health(stored, set_aside, shown=shown)
    return dg.Output(health, metadata=_told(health))


def _told(health: CandleHealth) -> dict[str, dg.MarkdownMetadataValue | float]:
    return {
        "coverage": dg.MetadataValue.md(draw_heat_map(health)),
        "worst_day": health.worst_share,
        "missing_bars": sum(symbol.missing_bars for symbol in health.symbols),
        "set_aside": sum(symbol.rows_set_aside for symbol in health.symbols),
        "gaps": dg.MetadataValue.md(_list_gaps(health)),
    }


def draw_heat_map(health: CandleHealth) -> str:
    """A row a symbol, a sign a day: readable wherever Markdown is."""
    first, last = utc_date(health.days_us[0]), utc_date(health.days_us[-1])
    rows = [
        f"| {each.symbol} | `{''.join(map(_sign, each.shares))}` |"
        f" {each.missing_bars} | {each.rows_set_aside} |"
        for each in health.symbols
    ]
    head = (
        f"| symbol | {first} to {last} | missing bars | quarantined |\n| --- | --- | --- | --- |\n"
    )
    key = "\n\n█ complete, ▓ 99 % or more, ▒ 90 % or more, ░ less, · no candle yet"
    return head + "\n".join(rows) + key


def _sign(share: float | None) -> str:
    if share is None:
        return "·"
    return next(sign for least, sign in LEVELS if share >= least)


def _list_gaps(health: CandleHealth) -> str:
    lines = [_gap_lines(symbol) for symbol in health.symbols if symbol.gaps]
    return "\n".join(lines) or "none"


def _gap_lines(symbol: SymbolHealth) -> str:
    told = (f"{utc_date(gap.from_us)}: {gap.bars} bars" for gap in symbol.gaps)
    return f"- {symbol.symbol}: {', '.join(told)}"
