"""What a journal tells of a session, so named that two sessions can be laid side by side.

Order ids and record numbers differ between two sessions that did the same. So an order is named by
its position, role and number, a fill by its position, side and number, all else by its bar.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from nija_domain.events import records as ev
from nija_domain.events.position_id import agent_of

CANDLE, BAR, SIGNAL, SETTING, RELEASE, DECISION, ANSWER, FILL = range(8)
"""The order of what happens from one bar to the next; after signals it is that of the journal."""

BEFORE_ANY = -1

Key = tuple[int, str]
Moment = tuple[int, int]

_encoder = msgspec.json.Encoder(order="deterministic")

_CANDLE_FIELDS = ("open", "high", "low", "close", "volume")
_SIGNAL_FIELDS = ("action", "share", "stop_fraction", "target_fraction", "bars_max", "config_id")
_DRAW_FIELDS = ("config_id", "parameters", "context", "propensity")
_INTENT_FIELDS = ("quantity", "stop_price", "target_price", "decision_price", "config_id", "reason")
_FILL_FIELDS = ("quantity", "price", "fee_asset", "fee")
_LISTING_FIELDS = ("taker_fee_rate", "tick_size", "lot_size", "min_quantity", "min_notional")


class Fact(msgspec.Struct, frozen=True):
    """One thing that a session saw or decided; `fields` are compared, as JSON.

    `moment` is its bar and its place in it.
    """

    moment: Moment
    sequence: int
    event: ev.JournalEvent
    fields: dict[str, str]


class Session(msgspec.Struct, frozen=True):
    """`first_us` is the first candle of each symbol, `closed_us` the last bar that was closed."""

    facts: dict[Key, Fact]
    first_us: dict[str, int]
    closed_us: int


class _Reading:
    """What was read of a journal so far."""

    def __init__(self) -> None:
        self.bar_us = BEFORE_ANY
        self.first_us: dict[str, int] = {}
        self.times: Counter[str] = Counter()
        self.newest: dict[str, str] = {}
        self.order_names: dict[str, str] = {}
        self.trade_ids: set[str] = set()

    def numbered(self, name: str) -> str:
        self.times[name] += 1
        return f"{name} {self.times[name]}"

    def is_news(self, name: str, value: str) -> bool:
        """Each start of an executor tells its limits, instruments and release again."""
        is_new = self.newest.get(name) != value
        self.newest[name] = value
        return is_new


def read_session(events: Iterable[ev.JournalEvent]) -> Session:
    reading, facts = _Reading(), dict[Key, Fact]()
    for sequence, event in enumerate(events, start=1):
        for stage, name, bar_us, fields in _told(reading, event):
            known = facts.get((stage, name))
            if known is None or isinstance(event, ev.BarDigested):
                facts[stage, name] = Fact((bar_us, stage), sequence, event, fields)
    return Session(facts, reading.first_us, reading.bar_us)


_Told = Iterator[tuple[int, str, int, dict[str, str]]]


def _told(reading: _Reading, event: ev.JournalEvent) -> _Told:
    match event:
        case ev.CandleClosed():
            yield _candle(reading, event)
        case ev.BarClosed():
            reading.bar_us = max(reading.bar_us, event.ts_us)
            yield BAR, f"bar {event.ts_us}", event.ts_us, {}
        case ev.BarDigested():
            yield BAR, f"bar {event.ts_us}", event.ts_us, {}
        case ev.SignalGiven() | ev.SignalAnswered():
            slot = f"signal {reading.bar_us} {event.agent}/{event.symbol}/{event.tag}"
            yield SIGNAL, slot, reading.bar_us, _fields(event, _SIGNAL_FIELDS)
        case ev.OrderFilled():
            yield from _fill(reading, event)
        case ev.OrderAccepted() | ev.OrderSeen() | ev.OrderRefused() | ev.OrderUnknown():
            yield from _answer(reading, event)
        case ev.OrderIntended() | ev.EntryRefused() | ev.PresetChosen():
            yield _decision(reading, event)
        case _:
            yield from _given(reading, event)


def _candle(reading: _Reading, event: ev.CandleClosed) -> tuple[int, str, int, dict[str, str]]:
    """A candle is late once its bar is closed."""
    reading.first_us.setdefault(event.symbol, event.ts_us)
    came = {"came": '"late"' if event.ts_us <= reading.bar_us else '"in time"'}
    name = f"candle {event.symbol} {event.ts_us}"
    return CANDLE, name, event.ts_us, {**_fields(event, _CANDLE_FIELDS), **came}


def _decision(
    reading: _Reading, event: ev.OrderIntended | ev.EntryRefused | ev.PresetChosen
) -> tuple[int, str, int, dict[str, str]]:
    bar_us = reading.bar_us
    match event:
        case ev.OrderIntended():
            position = event.position_id or event.symbol
            name = reading.numbered(f"order {position} {event.role}")
            reading.order_names[event.order_id] = name
            return DECISION, name, bar_us, {"bar": str(bar_us), **_fields(event, _INTENT_FIELDS)}
        case ev.EntryRefused():
            name = reading.numbered(f"refusal {bar_us} {event.agent}/{event.symbol}/{event.tag}")
            return DECISION, name, bar_us, _fields(event, ("reason",))
        case ev.PresetChosen():
            name = reading.numbered(f"draw {bar_us} {agent_of(event.config_id)}/{event.symbol}")
            return DECISION, name, bar_us, _fields(event, _DRAW_FIELDS)


def _answer(
    reading: _Reading,
    event: ev.OrderAccepted | ev.OrderSeen | ev.OrderRefused | ev.OrderUnknown,
) -> _Told:
    """The venue's first answer to each order that we sent; its own stops are told by fills."""
    name = reading.order_names.get(event.order_id)
    if name is None:
        return
    answer = {ev.OrderRefused: "refused", ev.OrderUnknown: "unknown"}.get(type(event))
    fields = {"answer": f'"{answer or "accepted"}"', "at_us": str(event.at_us)}
    yield ANSWER, f"answer to {name}", reading.bar_us, fields


def _fill(reading: _Reading, event: ev.OrderFilled) -> _Told:
    """A fill that was told twice is one fill."""
    if event.trade_id in reading.trade_ids:
        return
    reading.trade_ids.add(event.trade_id)
    name = reading.numbered(f"fill {event.position_id or event.symbol} {event.side}")
    fields = {"at_us": str(event.at_us), **_fields(event, _FILL_FIELDS)}
    yield FILL, name, reading.bar_us, fields


def _given(reading: _Reading, event: ev.JournalEvent) -> _Told:
    """What a session was told to trade by, each time that it changed."""
    stage, since = SETTING, {"since": str(reading.bar_us)}
    match event:
        case ev.ReleaseActivated():
            stage, name, fields = RELEASE, "release", _fields(event, ("content",))
        case ev.DirectiveReceived():
            name, fields = "directive", _fields(event, ("content",))
        case ev.KillOrdered() | ev.KillLifted():
            name, fields = "kill switch", {"kind": f'"{type(event).__name__}"'}
        case ev.LimitsRead():
            name, fields, since = "limits", _fields(event, ("content",)), {}
        case ev.InstrumentListed():
            name, fields, since = f"instrument {event.symbol}", _fields(event, _LISTING_FIELDS), {}
        case ev.FundsMoved():
            name, fields, since = "funds", _fields(event, ("amount",)), {}
        case _:
            return
    if isinstance(event, ev.FundsMoved) or reading.is_news(name, repr(fields)):
        yield stage, reading.numbered(name), reading.bar_us, {**fields, **since}


def _fields(event: ev.JournalEvent, names: tuple[str, ...]) -> dict[str, str]:
    return {name: _encoder.encode(getattr(event, name)).decode() for name in names}
