"""What the core asks the program around it to do."""

import msgspec

from nija_domain.events.records import JournalEvent
from nija_domain.trading.reports import PlacedOrder


class Record(msgspec.Struct, frozen=True, gc=False):
    """Write this derived event to the journal and step over it."""

    event: JournalEvent


class SendOrder(msgspec.Struct, frozen=True):
    """Send the order once; its intent is already stored."""

    order: PlacedOrder


class SendCancel(msgspec.Struct, frozen=True):
    order_id: str


class LookUp(msgspec.Struct, frozen=True):
    """Look for the order among open orders, closed orders and trades."""

    order_id: str


Action = SendOrder | SendCancel | LookUp
Command = Record | Action
