"""Our order ids: computed from the intent, so that one intent can never become two orders."""

import hashlib

ORDER_ID_LENGTH = 18
"""The longest free text that Kraken takes as a client order id."""

_STOP = "-stop"

SHOWN_DIGITS = 8
"""As much of an id as people are shown; every command takes it."""


def order_id_of(intent_count: int, *, of: str, role: str, at_us: int) -> str:
    """`of` is the position; in older journals, its symbol."""
    text = f"{at_us}|{of}|{role}|{intent_count}"
    return hashlib.sha256(text.encode()).hexdigest()[:ORDER_ID_LENGTH]


def stop_id_of(entry_id: str, *, number: int = 1) -> str:
    """Our id of a stop that the venue attaches to an entry: `…-stop`, then `…-stop-2`."""
    return f"{entry_id}{_STOP}" if number == 1 else f"{entry_id}{_STOP}-{number}"


def entry_id_of(order_id: str) -> str:
    """The entry of a stop; for any other order its own id."""
    return order_id.partition(_STOP)[0]


def short_id(order_id: str) -> str:
    """The first characters of the entry's id, and the number of its stop."""
    entry_id, dash, number = order_id.partition(_STOP)
    return f"{entry_id[:SHOWN_DIGITS]}{dash}{number}"


def is_named(order_id: str, *, asked: str) -> bool:
    """Whether the text is this id or its first characters."""
    if order_id.startswith(asked):
        return True
    asked_entry, dash, number = asked.partition(_STOP)
    return bool(dash) and order_id.startswith(asked_entry) and order_id.endswith(dash + number)
