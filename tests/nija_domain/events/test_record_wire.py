"""Journals of before read on: the bytes of a record are what the chain is made of."""

import pytest

from nija_domain.errors import EventInvalid
from nija_domain.events.chain import decode_event, encode_event

WRITTEN = [
    b'{"type":"order_closed/1","order_id":"A","status":"lost","at_us":7}',
    (
        b'{"type":"signal_given/1","symbol":"BTC/USD","action":"enter","share":0.5,'
        b'"stop_fraction":0.02,"config_id":"c","reasoning":"r","at_us":7}'
    ),
    (
        b'{"type":"approval_decided/1","what":"reopen","is_granted":true,"directive":3,"why":"w",'
        b'"at_us":7}'
    ),
    (
        b'{"type":"paper_entered/1","symbol":"BTC/USD","quantity":"1","price":"100",'
        b'"stop_price":"90","fee":"0.1","at_us":7}'
    ),
    (
        b'{"type":"paper_closed/1","symbol":"BTC/USD","price":"105","gross":"5","fees":"0.2",'
        b'"reason":"r","at_us":7}'
    ),
]


@pytest.mark.parametrize("body", WRITTEN)
def test_a_record_of_before_reads_back_to_the_byte(body: bytes) -> None:
    """Its tag and its fields are those of the files that were written with them."""
    assert encode_event(decode_event(body)) == body


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
