"""What a venue says of one of its pairs."""

from decimal import Decimal

import msgspec


class Instrument(msgspec.Struct, frozen=True):
    """One tradable pair: its steps, its minimums and its fee."""

    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    lot_size: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    taker_fee_rate: Decimal
