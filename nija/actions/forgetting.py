"""`nija lake forget`: deletes a series, after a warning, and records it."""

import sys
from collections.abc import Callable

from nija.bootstrap import append_ledger, open_lake, venue_now_us
from nija.home import Home
from nija_domain.errors import CandlesInvalid
from nija_domain.events.ledger import CandlesForgotten
from nija_domain.market.timeframes import format_timeframe, parse_timeframe_us, utc_minute
from nija_domain.market.venues import Series, parse_venue

Confirm = Callable[[str], bool]


def forget_series(
    home: Home, *, venue: str, symbol: str, timeframe: str, confirm: Confirm | None
) -> bool:
    """Whether the series was deleted; without `confirm` nobody is asked."""
    series = Series(
        venue=parse_venue(venue), symbol=symbol, timeframe_us=parse_timeframe_us(timeframe)
    )
    found = find_series(home, series)
    sys.stdout.write(_warning(found))
    if confirm is not None and not confirm("Delete them?"):
        sys.stdout.write("nothing was deleted\n")
        return False
    # recorded first: a deletion that is cut off is recorded and can be asked for again
    append_ledger(home, found)
    with open_lake(home) as lake:
        rows = lake.forget_candles(symbol, venue=venue, timeframe_us=series.timeframe_us)
    sys.stdout.write(f"{rows:,} rows deleted; the ledger has a record of it\n")
    return True


def find_series(home: Home, series: Series) -> CandlesForgotten:
    """What the lake holds of it, as the record that the deletion leaves."""
    with open_lake(home) as lake:
        held, snapshot = lake.status().reaches, lake.snapshot()
    for reach in held:
        if (reach.venue, reach.symbol, reach.timeframe_us) == (
            series.venue,
            series.symbol,
            series.timeframe_us,
        ):
            return CandlesForgotten(
                at_us=venue_now_us(home),
                venue=series.venue,
                symbol=series.symbol,
                timeframe_us=series.timeframe_us,
                rows=reach.rows,
                oldest_us=reach.oldest_us,
                newest_us=reach.newest_us,
                snapshot=snapshot,
            )
    raise CandlesInvalid(
        f"the lake holds no {format_timeframe(series.timeframe_us)} candles of {series.symbol}"
        f" at {series.venue}; `nija lake status` lists what it holds"
    )


def _warning(found: CandlesForgotten) -> str:
    return (
        f"This deletes {found.rows:,} bars of {format_timeframe(found.timeframe_us)},"
        f" {found.symbol} of {found.venue}, {utc_minute(found.oldest_us)} to"
        f" {utc_minute(found.newest_us)} UTC, and its quarantined rows.\n"
        f"Snapshot {found.snapshot} still holds them until it expires. Releases and trainings keep"
        " their own snapshots. If the pipelines ingest this venue, they fetch its newest bars"
        " again.\n"
    )
