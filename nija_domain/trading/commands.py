"""What the core asks its shell to do."""

import msgspec

from nija_domain.events.records import JournalEvent
from nija_domain.trading.reports import PlacedOrder


class Record(msgspec.Struct, frozen=True):
    """Journal this derived event and step over it."""

    event: JournalEvent


class SendOrder(msgspec.Struct, frozen=True):
    """Send it once; its intent is durable by then."""

    order: PlacedOrder


class SendCancel(msgspec.Struct, frozen=True):
    order_id: str


Action = SendOrder | SendCancel
Command = Record | Action
