"""What the account owns, and what its open orders hold of it."""

from collections.abc import Iterable
from decimal import Decimal

from nija_domain.market.money import ZERO
from simulator.listings import CASH_ASSET, Listing
from simulator.orders import Trade, VenueOrder


class Balances:
    """Assets by name; a trade moves two of them."""

    def __init__(self, cash: Decimal, *, listings: dict[str, Listing]) -> None:
        self._listings = listings
        self.totals: dict[str, Decimal] = {CASH_ASSET: cash}

    def settle(self, trade: Trade) -> None:
        base = self._listings[trade.symbol].base_asset
        signed = trade.quantity if trade.side == "buy" else -trade.quantity
        paid = ZERO if trade.fee_coins else trade.fee
        self._move(base, signed - trade.fee_coins)
        self._move(CASH_ASSET, -signed * trade.price - paid)

    def move(self, asset: str, amount: Decimal) -> None:
        """A deposit, a withdrawal, a reward: what no trade explains."""
        self._move(asset, amount)

    def held(self, orders: Iterable[VenueOrder]) -> dict[str, Decimal]:
        """What these open orders keep from others."""
        holds: dict[str, Decimal] = {}
        for order in orders:
            listing = self._listings[order.ticket.symbol]
            if order.ticket.side == "sell":
                asset, amount = listing.base_asset, order.remaining
            else:
                with_fee = order.reserve_price * (1 + listing.instrument.taker_fee_rate)
                asset, amount = CASH_ASSET, order.remaining * with_fee
            holds[asset] = holds.get(asset, ZERO) + amount
        return holds

    def free(self, asset: str, *, orders: Iterable[VenueOrder]) -> Decimal:
        return self.totals.get(asset, ZERO) - self.held(orders).get(asset, ZERO)

    def _move(self, asset: str, amount: Decimal) -> None:
        self.totals[asset] = self.totals.get(asset, ZERO) + amount
