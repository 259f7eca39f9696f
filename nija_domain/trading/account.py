"""The account at the venue, beyond what positions and cash explain."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from nija_domain.market.money import ZERO

CASH_ASSET = "USD"
"""What the purse counts."""

TOLD_MAX = 500


class Suspect(msgspec.Struct, frozen=True):
    """What a look found left of an asset beyond ours, and since when every look found the same."""

    rest: Decimal
    since_us: int


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """By asset: `dust` is left of our positions, and `foreign` was never ours.

    `unexplained` is what is too much or, below zero, missing. Fees in a third asset lower what we
    hold of it: they are part of `fees_paid`. `moves` counts what happened to our orders, and
    `filled_us` is the newest fill. `compared_us` is when books and balances were compared last.
    `suspects` are differences that no second look has confirmed yet. `told` are the foreign and
    the odd things that were told. Of `refused` assets the venue did not have what a sale of ours
    asked for; `free` is what no open order kept when it was looked at after that, less what we have
    asked for since.
    """

    dust: dict[str, Decimal] = {}
    foreign: dict[str, Decimal] = {}
    unexplained: dict[str, Decimal] = {}
    fees_paid: dict[str, Decimal] = {}
    moves: int = 0
    filled_us: int = 0
    compared_us: int | None = None
    suspects: dict[str, Suspect] = {}
    told: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    free: dict[str, Decimal] = {}

    def with_refusal(self, asset: str) -> "Account":
        return replace(self, refused=tuple(sorted({*self.refused, asset})))

    def with_freed(self, asset: str, quantity: Decimal) -> "Account":
        """Coins that a sale of ours keeps no more, or, below zero, from now on."""
        if asset not in self.free or not quantity:
            return self
        return replace(self, free={**self.free, asset: self.free[asset] + quantity})

    def with_dust(self, asset: str, quantity: Decimal) -> "Account":
        return replace(self, dust=_moved(self.dust, asset, quantity))

    def with_foreign(self, asset: str, quantity: Decimal) -> "Account":
        return replace(self, foreign=_moved(self.foreign, asset, quantity))

    def with_unexplained(self, asset: str, quantity: Decimal) -> "Account":
        return replace(self, unexplained=_moved(self.unexplained, asset, quantity))

    def with_fee(self, asset: str, quantity: Decimal) -> "Account":
        """Paid of what is not in our positions; a look at the balances shows if that sufficed."""
        paid = replace(self, fees_paid=_moved(self.fees_paid, asset, quantity))
        return paid.with_foreign(asset, -quantity)

    def with_told(self, key: str) -> "Account":
        return replace(self, told=(*self.told, key)[-TOLD_MAX:])


def _moved(amounts: dict[str, Decimal], asset: str, quantity: Decimal) -> dict[str, Decimal]:
    """Nothing of an asset is no entry."""
    after = {**amounts, asset: amounts.get(asset, ZERO) + quantity}
    return {name: amount for name, amount in after.items() if amount}
