"""Prints the league of live book and candidates."""

from collections.abc import Sequence

from rich.console import Group, RenderableType

from nija.tables.console import counted, table
from nija_domain.market.timeframes import utc_date
from nija_domain.statements.league import LIVE, LeagueRow

NUMBERS = ("bars", "trades", "open", "return", "live then")


def league_table(rows: Sequence[LeagueRow]) -> RenderableType:
    """One line for each book, and below them how sure their numbers are."""
    made = table("book", "since", *NUMBERS, right=NUMBERS)
    for row in rows:
        made.add_row(
            row.name,
            "not yet" if row.since_us is None else utc_date(row.since_us),
            f"{row.bars:,}",
            f"{row.trades:,}",
            str(row.open_positions),
            _percent(row.net_return),
            "" if row.name == LIVE else _percent(row.live_return),
        )
    lines = [_sentence(row) for row in rows]
    if len(rows) == 1:
        lines.append("No candidates: `nija candidate add RELEASE` puts one beside the live book.")
    return Group(made, *lines)


def _sentence(row: LeagueRow) -> str:
    parts = [row.lack or _ratios(row)]
    if row.max_drawdown is not None:
        parts.append(f"deepest fall {row.max_drawdown:.1%}")
    if row.stopped:
        parts.append(f"stopped: {row.stopped}")
    return f"{row.name} ({row.release_id or 'no release'}): {'; '.join(parts)}"


def _ratios(row: LeagueRow) -> str:
    won = counted(row.trades, "trade")
    if row.win_rate is not None and row.win_rate_interval is not None:
        low, high = row.win_rate_interval.low, row.win_rate_interval.high
        won = f"win rate {row.win_rate:.0%}, 95 % interval {low:.0%} to {high:.0%}"
    if row.profit_factor is None:
        return f"{won}, nothing lost"
    return f"{won}, profit factor {row.profit_factor:.2f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:+.2%}"
