"""What every answer has in common; money is text, so that no digit is lost."""

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
    model_config = ConfigDict(frozen=True, extra="forbid")


class Meta(Answer):
    """`timestamp` is the venue's time, the newest that the journal knows; null before any."""

    timestamp: datetime | None
    mode: str | None
    version: str
    build_id: str


class Envelope(Answer, Generic[Data]):
    data: Data
    meta: Meta


class Newest(Answer):
    """How many of the newest entries are wanted."""

    limit: int = Field(default=100, ge=1, le=1_000)


class NewestPoints(Answer):
    limit: int = Field(default=1_000, ge=1, le=50_000)


def moment(at_us: int) -> datetime:
    return datetime.fromtimestamp(at_us / SECOND_US, UTC)


def moment_of(at_us: int) -> datetime | None:
    """None where the venue's time is not known yet."""
    return moment(at_us) if at_us else None


def envelope(data: Data, *, reading: Reading, build: Build) -> Envelope[Data]:
    session = reading.statement.session
    mode = session.mode if session else None
    meta = Meta(
        timestamp=moment_of(reading.statement.venue_us),
        mode=mode,
        version=build.version,
        build_id=build.build_id,
    )
    return Envelope(data=data, meta=meta)
