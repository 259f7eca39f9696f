"""How complete the candles are, as OpenAPI shows it."""

from datetime import datetime

from gateway.api.envelope import Answer, moment
from nija_domain.market.health import CandleHealth, SymbolHealth
from nija_domain.market.timeframes import format_timeframe, utc_date


class GapAnswer(Answer):
    since: datetime
    until: datetime
    bars: int


class SymbolHealthAnswer(Answer):
    """`shares` of each day's bars, the oldest day first; null before the first candle."""

    symbol: str
    bars: int
    newest: datetime | None
    shares: list[float | None]
    missing_bars: int
    gaps: list[GapAnswer]
    set_aside: dict[str, int]


class DataHealthAnswer(Answer):
    at: datetime
    timeframe: str
    days: list[str]
    symbols: list[SymbolHealthAnswer]


def data_health_answer(health: CandleHealth) -> DataHealthAnswer:
    return DataHealthAnswer(
        at=moment(health.at_us),
        timeframe=format_timeframe(health.timeframe_us),
        days=[utc_date(day_us) for day_us in health.days_us],
        symbols=[_symbol_health(symbol) for symbol in health.symbols],
    )


def _symbol_health(symbol: SymbolHealth) -> SymbolHealthAnswer:
    return SymbolHealthAnswer(
        symbol=symbol.symbol,
        bars=symbol.bars,
        newest=None if symbol.newest_us is None else moment(symbol.newest_us),
        shares=list(symbol.shares),
        missing_bars=symbol.missing_bars,
        gaps=[
            GapAnswer(since=moment(gap.from_us), until=moment(gap.until_us), bars=gap.bars)
            for gap in symbol.gaps
        ],
        set_aside=symbol.set_aside,
    )
