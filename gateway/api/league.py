"""The league: the live book and the candidates on paper beside it."""

from datetime import datetime

from gateway.api.envelope import Answer, moment
from nija_domain.statements.league import LeagueRow


class LeagueAnswer(Answer):
    """One book; `name` is `live` or the channel of a candidate.

    Returns are fractions; `live_return` is that of the live book since the candidate began. Ratios
    are null while `lack` says what is missing for them.
    """

    name: str
    release: str
    since: datetime | None
    bars: int
    days: int
    trades: int
    open_positions: int
    net_return: float | None
    live_return: float | None
    win_rate: float | None
    win_rate_interval: tuple[float, float] | None
    profit_factor: float | None
    max_drawdown: float | None
    lack: str | None
    stopped: str


def league_answer(row: LeagueRow) -> LeagueAnswer:
    bounds = row.win_rate_interval
    return LeagueAnswer(
        name=row.name,
        release=row.release_id,
        since=None if row.since_us is None else moment(row.since_us),
        bars=row.bars,
        days=row.days,
        trades=row.trades,
        open_positions=row.open_positions,
        net_return=row.net_return,
        live_return=row.live_return,
        win_rate=row.win_rate,
        win_rate_interval=None if bounds is None else (bounds.low, bounds.high),
        profit_factor=row.profit_factor,
        max_drawdown=row.max_drawdown,
        lack=row.lack,
        stopped=row.stopped,
    )
