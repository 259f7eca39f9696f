"""The shapes of the answers, as OpenAPI tells them; money is text, so that no digit is lost."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from gateway.build import Build
from gateway.holdings import Holding, holdings_of
from gateway.picture import EquityPoint, Picture
from gateway.watch import Health, Sight
from nija_domain.events.records import TradeClosed
from nija_domain.market.health import CandleHealth, SymbolHealth
from nija_domain.market.timeframes import SECOND_US, format_timeframe, utc_date
from nija_domain.trading.allotments import Allotment, Among

Money = Annotated[Decimal, PlainSerializer(lambda amount: format(amount, "f"), return_type=str)]
Data = TypeVar("Data")


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Meta(Answer):
    timestamp: datetime
    mode: str | None
    version: str
    build: str


class Envelope(Answer, Generic[Data]):
    data: Data
    meta: Meta


class Newest(Answer):
    """How many of the newest entries are wanted."""

    limit: int = Field(default=100, ge=1, le=1_000)


class NewestPoints(Answer):
    limit: int = Field(default=1_000, ge=1, le=50_000)


class ExecutorHealth(Answer):
    """`age_s` is wall time since the journal grew; a hung executor is stale."""

    health: Health
    age_s: float | None


class LastEvent(Answer):
    sequence: int
    kind: str
    at: datetime


class StatusAnswer(Answer):
    mode: str | None
    version: str
    build: str
    branch: str
    commit: str
    release: str | None
    venue: str | None
    executor: ExecutorHealth
    last_event: LastEvent | None
    halts: list[str]


class PositionAnswer(Answer):
    symbol: str
    quantity: Money
    entry_price: Money
    mark_price: Money
    stop_price: Money
    value: Money
    unrealized_pnl: Money
    fees: Money
    opened: datetime
    regime: str
    entry_regime: str
    release: str


class TradeAnswer(Answer):
    symbol: str
    opened: datetime
    closed: datetime
    quantity: Money
    entry_price: Money
    exit_price: Money
    gross_pnl: Money
    fees: Money
    net_pnl: Money
    regime: str
    preset: str
    release: str


class EquityAnswer(Answer):
    at: datetime
    equity: Money
    cash: Money
    drawdown: float


class AllotmentAnswer(Answer):
    """Shares of the tradable capital; `rest` is what nobody may have.

    `lapsed` is since when they hold for want of newer ones, null while they are current.
    """

    among: Among
    directive: int
    told: datetime
    expires: datetime
    lapsed: datetime | None
    reason: str
    shares: dict[str, float]
    rest: float


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


def moment(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / SECOND_US, UTC)


def envelope(data: Data, *, sight: Sight, build: Build) -> Envelope[Data]:
    session = sight.picture.session
    mode = session.mode if session else None
    meta = Meta(
        timestamp=moment(sight.at_us), mode=mode, version=build.version, build=build.release
    )
    return Envelope(data=data, meta=meta)


def status_answer(sight: Sight, build: Build) -> StatusAnswer:
    picture = sight.picture
    release, session = picture.state.release, picture.session
    return StatusAnswer(
        mode=session.mode if session else None,
        version=build.version,
        build=build.release,
        branch=build.branch,
        commit=build.commit,
        release=release.release_id if release else None,
        venue=session.venue if session else None,
        executor=ExecutorHealth(health=sight.health, age_s=sight.silent_s),
        last_event=_last_event(picture),
        halts=sorted(picture.state.account.halts),
    )


def _last_event(picture: Picture) -> LastEvent | None:
    last = picture.last
    if last is None:
        return None
    return LastEvent(sequence=picture.sequence, kind=type(last).__name__, at=moment(last.at_us))


def position_answers(sight: Sight) -> list[PositionAnswer]:
    return [_position_answer(holding) for holding in holdings_of(sight.picture.state)]


def _position_answer(holding: Holding) -> PositionAnswer:
    return PositionAnswer(
        symbol=holding.symbol,
        quantity=holding.quantity,
        entry_price=holding.entry_price,
        mark_price=holding.mark_price,
        stop_price=holding.stop_price,
        value=holding.value,
        unrealized_pnl=holding.unrealized,
        fees=holding.fees,
        opened=moment(holding.opened_us),
        regime=holding.regime,
        entry_regime=holding.entry_regime,
        release=holding.release_id,
    )


def trade_answer(trade: TradeClosed) -> TradeAnswer:
    return TradeAnswer(
        symbol=trade.symbol,
        opened=moment(trade.opened_us),
        closed=moment(trade.at_us),
        quantity=trade.quantity,
        entry_price=trade.entry_price,
        exit_price=trade.exit_price,
        gross_pnl=trade.gross,
        fees=trade.fees,
        net_pnl=trade.gross - trade.fees,
        regime=trade.regime,
        preset=trade.config_id,
        release=trade.release_id,
    )


def equity_answer(point: EquityPoint) -> EquityAnswer:
    return EquityAnswer(
        at=moment(point.at_us), equity=point.equity, cash=point.cash, drawdown=point.drawdown
    )


def allotment_answer(allotment: Allotment) -> AllotmentAnswer:
    return AllotmentAnswer(
        among=allotment.among,
        directive=allotment.directive,
        told=moment(allotment.told_us),
        expires=moment(allotment.expires_us),
        lapsed=None if allotment.lapsed_us is None else moment(allotment.lapsed_us),
        reason=allotment.reason,
        shares={share.name: share.weight for share in allotment.shares},
        rest=allotment.rest,
    )


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
