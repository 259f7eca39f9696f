"""The account at the venue, beyond what positions and cash explain."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from nija_domain.market.money import ZERO


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """By asset: `dust` is left of our positions, `unexplained` is missing or too much.

    Fees in a third asset lower what we hold of it: they are part of `fees_paid`.
    """

    dust: dict[str, Decimal] = {}
    unexplained: dict[str, Decimal] = {}
    fees_paid: dict[str, Decimal] = {}

    def with_dust(self, asset: str, quantity: Decimal) -> "Account":
        return replace(self, dust=_moved(self.dust, asset, quantity))

    def with_unexplained(self, asset: str, quantity: Decimal) -> "Account":
        return replace(self, unexplained=_moved(self.unexplained, asset, quantity))

    def with_fee(self, asset: str, quantity: Decimal) -> "Account":
        return replace(self, fees_paid=_moved(self.fees_paid, asset, quantity))


def _moved(amounts: dict[str, Decimal], asset: str, quantity: Decimal) -> dict[str, Decimal]:
    """Nothing of an asset is no entry."""
    after = {**amounts, asset: amounts.get(asset, ZERO) + quantity}
    return {name: amount for name, amount in after.items() if amount}
