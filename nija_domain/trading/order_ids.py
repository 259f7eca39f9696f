"""Client order ids: a function of the intent, so that one intent can never become two orders."""

import hashlib

from nija_domain.trading.state import State

ORDER_ID_LENGTH = 18
"""The longest free text that Kraken takes as a client order id."""


def order_id_of(state: State, *, symbol: str, role: str, at_us: int) -> str:
    text = f"{at_us}|{symbol}|{role}|{state.intent_count}"
    return hashlib.sha256(text.encode()).hexdigest()[:ORDER_ID_LENGTH]


def stop_id_of(entry_id: str) -> str:
    """Our name for the stop that the venue attaches to an entry."""
    return f"{entry_id}-stop"
