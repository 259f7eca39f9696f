"""Journals of before read on: the bytes of a record are what the chain is made of."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.errors import EventInvalid
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.events.chain import decode_event, encode_event, encode_events
from nija_domain.events.version_1 import untold_fields

WRITTEN = [
    b'{"type":"order_closed/1","order_id":"A","status":"lost","at_us":7}',
    (
        b'{"type":"signal_given/2","symbol":"BTC/USD","action":"enter","share":0.5,'
        b'"stop_fraction":0.02,"config_id":"trend:*:a","reasoning":"r","agent":"trend",'
        b'"tag":"core","target_fraction":0.0,"bars_max":0,"at_us":7}'
    ),
    (
        b'{"type":"approval_decided/1","what":"reopen","is_granted":true,"directive":3,"why":"w",'
        b'"at_us":7}'
    ),
    (
        b'{"type":"paper_closed/1","symbol":"BTC/USD","price":"105","gross":"5","fees":"0.2",'
        b'"reason":"r","at_us":7}'
    ),
    b'{"type":"halt_lifted/1","limit":"daily_loss_halt","at_us":7}',
    b'{"type":"release_activated/1","release_id":"r","fingerprint":"f","content":"{}","at_us":7}',
]


@pytest.mark.parametrize("body", WRITTEN)
def test_a_record_of_before_reads_back_to_the_byte(body: bytes) -> None:
    """Its tag and its fields are those of the files that were written with them."""
    assert encode_event(decode_event(body)) == body


VERSION_1: dict[type, bytes] = {
    ev.SignalAnswered: (
        b'{"type":"signal_given/1","symbol":"BTC/USD","action":"enter","share":0.5,'
        b'"stop_fraction":0.02,"config_id":"trend:BTC/USD:a","reasoning":"r","at_us":7}'
    ),
    ev.OrderIntended: (
        b'{"type":"order_intended/1","order_id":"A","symbol":"BTC/USD","side":"buy",'
        b'"role":"entry","quantity":"1","stop_price":"90","decision_price":100.0,"regime":"Bull",'
        b'"config_id":"c","release_id":"r","reason":"w","waterfall":[],"at_us":7}'
    ),
    ev.CancelIntended: (b'{"type":"cancel_intended/1","order_id":"A","reason":"r","at_us":7}'),
    ev.EntryRefused: (
        b'{"type":"entry_refused/1","symbol":"BTC/USD","reason":"r","release_id":"r","at_us":7}'
    ),
    ev.OrderFilled: (
        b'{"type":"order_filled/1","order_id":"A","trade_id":"T","symbol":"BTC/USD","side":"buy",'
        b'"quantity":"1","price":"100","fee":"0.1","release_id":"r","at_us":7}'
    ),
    ev.PositionOpened: (
        b'{"type":"position_opened/1","symbol":"BTC/USD","quantity":"1","price":"100",'
        b'"stop_price":"90","release_id":"r","at_us":7}'
    ),
    ev.TradeClosed: (
        b'{"type":"trade_closed/1","symbol":"BTC/USD","opened_us":1,"quantity":"1",'
        b'"entry_price":"100","exit_price":"110","gross":"10","fees":"0.2","regime":"Bull",'
        b'"config_id":"c","release_id":"r","at_us":7}'
    ),
    cap.ShadowEntered: (
        b'{"type":"paper_entered/1","symbol":"BTC/USD","quantity":"1","price":"100",'
        b'"stop_price":"90","fee":"0.1","at_us":7}'
    ),
}


@pytest.mark.parametrize(("newest", "body"), VERSION_1.items())
def test_a_record_of_version_1_is_read_as_the_newest(newest: type, body: bytes) -> None:
    """It keeps every field that it told; what it did not tell is left out of comparisons."""
    event = decode_event(body)
    told = msgspec.json.decode(body)
    kept = msgspec.json.decode(msgspec.json.encode(event))
    untold = {"type", *untold_fields(event)}

    assert type(event) is newest
    assert {name: kept[name] for name in told if name != "type"} == {
        name: value for name, value in told.items() if name != "type"
    }
    assert not untold & (told.keys() - {"type"})


@pytest.mark.parametrize(("newest", "body"), [*VERSION_1.items()][1:])
def test_a_new_record_tells_everything(newest: type, body: bytes) -> None:
    """What version 1 could not tell may not be empty in a record that is written now."""
    event = decode_event(body)

    with pytest.raises(EventInvalid, match="length >= 1"):
        encode_event(event)
    assert type(event) is newest


@pytest.mark.parametrize(
    ("body", "known", "unknown"),
    [
        (WRITTEN[0], b'"lost"', b'"vanished"'),
        (WRITTEN[1], b'"enter"', b'"double"'),
        (WRITTEN[2], b'"reopen"', b'"forget"'),
    ],
)
def test_a_word_that_nobody_says_is_no_record(body: bytes, known: bytes, unknown: bytes) -> None:
    """An end, an action and an approval are each one of a few known words."""
    with pytest.raises(EventInvalid, match="Invalid enum value"):
        decode_event(body.replace(known, unknown))


_NUMBERS = st.floats() | st.integers(-3, 3)
_TEXTS = st.text(max_size=3) | st.just("\ud800")
_EVENTS = st.one_of(
    st.sampled_from([*map(decode_event, WRITTEN), *map(decode_event, VERSION_1.values())]),
    st.builds(ev.EquityMarked, at_us=st.integers(), equity=st.decimals(), cash=st.decimals()),
    st.builds(
        ev.RegimeChanged, at_us=st.just(1), symbol=_TEXTS, regime=_TEXTS, probability=_NUMBERS
    ),
    st.builds(
        ev.PresetChosen,
        at_us=st.just(1),
        symbol=_TEXTS,
        config_id=_TEXTS,
        parameters=st.dictionaries(_TEXTS, _NUMBERS, max_size=2),
        propensity=_NUMBERS,
        context=st.tuples(_NUMBERS) | st.lists(_NUMBERS, max_size=2),
        release_id=_TEXTS,
    ),
    st.builds(
        ev.OrderClosed,
        at_us=st.just(1) | st.floats(),
        order_id=_TEXTS,
        status=st.sampled_from(["filled", "vanished"]),
    ),
)


def _outcome(encode: Callable[[], list[bytes]]) -> list[bytes] | str:
    try:
        return encode()
    except EventInvalid as error:
        return str(error)


@given(st.lists(_EVENTS, max_size=4))
def test_records_that_are_encoded_together_are_those_of_each_alone(
    events: list[ev.JournalEvent],
) -> None:
    """The same bytes; and what one of them alone is refused for, all are refused for."""
    alone = _outcome(lambda: [encode_event(event) for event in events])

    assert _outcome(lambda: encode_events(events)) == alone
