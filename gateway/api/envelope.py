"""What all answers share. Money is text, so that no digit is lost."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from gateway.build import Build
from gateway.watch import Reading
from nija_domain.market.timeframes import SECOND_US

Money = Annotated[Decimal, PlainSerializer(lambda amount: format(amount, "f"), return_type=str)]
Data = TypeVar("Data")


class Answer(BaseModel):
    """The base of every answer: frozen, without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Meta(Answer):
    """`timestamp` is the newest venue time in the journal; null before the first record."""

    timestamp: datetime | None
    mode: str | None
    version: str
    build_id: str


class Envelope(Answer, Generic[Data]):
    """An answer with its metadata."""

    data: Data
    meta: Meta


class Newest(Answer):
    """Query parameter: how many of the newest entries to return."""

    limit: int = Field(default=100, ge=1, le=1_000)


class NewestPoints(Answer):
    """Query parameter: how many of the newest points to return."""

    limit: int = Field(default=1_000, ge=1, le=50_000)


def moment(at_us: int) -> datetime:
    """Microseconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(at_us / SECOND_US, UTC)


def moment_of(at_us: int) -> datetime | None:
    """The same; None if the venue's time is not known yet."""
    return moment(at_us) if at_us else None


def envelope(data: Data, *, reading: Reading, build: Build) -> Envelope[Data]:
    """The answer with time, mode and version."""
    session = reading.statement.session
    mode = session.mode if session else None
    meta = Meta(
        timestamp=moment_of(reading.statement.venue_us),
        mode=mode,
        version=build.version,
        build_id=build.build_id,
    )
    return Envelope(data=data, meta=meta)
