"""The first difference between two sessions: its class, what it means, and what to look at."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

import msgspec

from nija_domain.events.records import BarDigested, Digest, JournalEvent
from nija_domain.market.timeframes import utc_minute

DifferenceClass = Literal[
    "late candle",
    "revised candle",
    "warm-up",
    "gap",
    "feature",
    "filter",
    "signal",
    "fill model",
    "fee",
    "latency",
    "code",
    "release",
    "settings",
]

NOTHING = "nothing"
WHOLE_RECORD = "record"
WHOLE_MARKET = "the whole market"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """`recorded` is the journal's own value, `other` that of the replay or the other journal.

    `field` is `record` if one side has no such record. `sequence` is the record's number in the
    journal and `other_sequence` in the other one; None where it has none.
    """

    kind: DifferenceClass
    sequence: int | None
    field: str
    recorded: str
    other: str
    other_sequence: int | None = None
    subject: str = ""
    at_us: int | None = None
    record: str = NOTHING
    other_record: str = NOTHING

    def __str__(self) -> str:
        place = f"record {self.sequence}" if self.sequence else "a record that is missing"
        of = f" of {self.subject}" if self.subject else ""
        return (
            f"{place} differs in {self.field}{of}:"
            f" recorded {self.recorded}, other {self.other} ({self.kind})"
        )

    @property
    def meaning(self) -> str:
        return MEANINGS[self.kind].meaning

    @property
    def remedy(self) -> str:
        return MEANINGS[self.kind].remedy


class Meaning(msgspec.Struct, frozen=True):
    meaning: str
    remedy: str


MEANINGS: dict[DifferenceClass, Meaning] = {
    "late candle": Meaning(
        "One session got this candle after its bar was decided, or with a later bar's.",
        "See in the executor's log whether the venue was slow or the executor was off;"
        " `candle_grace_bars` is how long a bar waits.",
    ),
    "revised candle": Meaning(
        "Both sessions have this candle, with different numbers.",
        "Compare both with the venue's history: it corrected the candle after one of them had"
        " read it, or one of them is damaged.",
    ),
    "warm-up": Meaning(
        "The features of one session had seen fewer candles.",
        "Compare the first candle of each session, and the cut of the release.",
    ),
    "gap": Meaning(
        "One session never got this candle.",
        "See whether the executor was off or the venue left it out; fill the hole from history.",
    ),
    "feature": Meaning(
        "From the same candles, other features were computed.",
        "Compare the code in nija_domain/features and the versions of Python and libraries with"
        " those of the recording. If not they, a recorded candle was changed.",
    ),
    "filter": Meaning(
        "From the same features, other probabilities of the regimes were computed.",
        "Compare the code in nija_domain/regimes, and the model in the release.",
    ),
    "signal": Meaning(
        "From the same features and regimes, a strategy wished something else.",
        "Compare the strategy's rule in nija_domain/strategies/rules, and its preset.",
    ),
    "fill model": Meaning(
        "The same order was filled at another price, in another quantity, or not at all.",
        "Compare spread, slippage and participation rate of the fill model with the venue's fills.",
    ),
    "fee": Meaning(
        "The same fill cost another fee, or the venue lists another fee.",
        "Compare the fee rate in the settings with the account's tier at the venue.",
    ),
    "latency": Meaning(
        "The same order was answered or filled, or a preset drawn, at another time.",
        "See how long orders took in the executor's log. `--within SECONDS` compares past it.",
    ),
    "code": Meaning(
        "From the same candles and signals, something else was decided.",
        "Compare the commit that recorded it with yours (`nija --version`): sizing is in"
        " nija_domain/capital, orders are in nija_domain/trading.",
    ),
    "release": Meaning(
        "Another release was in force, or the same one since another bar.",
        "Compare the releases, and when each executor took them.",
    ),
    "settings": Meaning(
        "The sessions were given other limits, money, instruments or orders by a person.",
        "Compare the limits file, the starting cash, the directives and the kill switch of both.",
    ),
}


class DigestPart(msgspec.Struct, frozen=True):
    """The part of a bar's digest that differs, and its class."""

    kind: DifferenceClass
    subject: str
    field: str
    recorded: str
    other: str


def differing_part(recorded: BarDigested, other: BarDigested) -> DigestPart | None:
    """Features before filters, since a filter reads features."""
    pairs = [*_pairs(recorded, other)]
    for subject, mine, theirs in pairs:
        if mine is None or theirs is None:
            names = ["digest" if each else NOTHING for each in (mine, theirs)]
            return DigestPart("code", subject, WHOLE_RECORD, *names)
        if mine.warming != theirs.warming:
            counts = [f"{each.warming} without a value" for each in (mine, theirs)]
            return DigestPart("warm-up", subject, "features", *counts)
        if mine.features != theirs.features:
            return DigestPart("feature", subject, "features", mine.features, theirs.features)
    for subject, mine, theirs in pairs:
        if mine and theirs and mine.filters != theirs.filters:
            return DigestPart("filter", subject, "filters", mine.filters, theirs.filters)
    return None


def _pairs(
    recorded: BarDigested, other: BarDigested
) -> Iterator[tuple[str, Digest | None, Digest | None]]:
    for symbol in sorted({*recorded.symbols, *other.symbols}):
        yield symbol, recorded.symbols.get(symbol), other.symbols.get(symbol)
    if recorded.market or other.market:
        yield WHOLE_MARKET, recorded.market, other.market


_TOLD = (
    "agent",
    "symbol",
    "side",
    "role",
    "action",
    "status",
    "config_id",
    "quantity",
    "price",
    "fee",
    "open",
    "close",
    "volume",
    "regime",
    "probability",
    "equity",
    "amount",
    "release_id",
    "limit",
    "reason",
    "reasoning",
)
_UNSPOKEN = (None, "")


def tell(event: JournalEvent | None) -> str:
    """A record in words: its kind, its time, and what it says."""
    if event is None:
        return NOTHING
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(event).__name__).lower()
    said = [(name, getattr(event, name, None)) for name in _TOLD]
    told = ", ".join(
        f"{name.replace('_', ' ')} {_spoken(value)}"
        for name, value in said
        if value not in _UNSPOKEN
    )
    return f"{words}, {utc_minute(event.at_us)} UTC" + (f": {told}" if told else "")


def _spoken(value: object) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
