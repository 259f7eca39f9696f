"""What a client may do to its account, as values that can be written down and done again."""

import msgspec

from simulator import refusals
from simulator.engine import Engine
from simulator.orders import Ticket, VenueOrder
from simulator.refusals import Refusal


class Place(msgspec.Struct, frozen=True, kw_only=True, tag="place"):
    """An order; only a fault lets its stop come late."""

    ticket: Ticket
    stop_delay_us: int = 0

    def carry_out(self, engine: Engine) -> VenueOrder:
        return engine.place(self.ticket, stop_delay_us=self.stop_delay_us)


class Cancel(msgspec.Struct, frozen=True, kw_only=True, tag="cancel"):
    txid: str

    def carry_out(self, engine: Engine) -> VenueOrder:
        order = engine.open_orders.get(self.txid)
        if order is None:
            raise Refusal(refusals.UNKNOWN_ORDER)
        engine.cancel(order)
        return order


Act = Place | Cancel
