"""What happens to a profit: four buckets in whole cents whose sum is the realised equity."""

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

import msgspec
from msgspec.structs import replace

from nija_domain.errors import NumberInvalid
from nija_domain.market.money import ZERO

CENT = Decimal("0.01")
Strategy = Literal["conservative", "moderate", "aggressive", "full"]
REINVESTED_SHARE: dict[Strategy, Decimal] = {
    "conservative": Decimal("0.50"),
    "moderate": Decimal("0.75"),
    "aggressive": Decimal("0.90"),
    "full": Decimal("1.00"),
}


class Buckets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`base` and `reinvested` may be traded with; `preserved` and `locked` may not."""

    base: Decimal = ZERO
    reinvested: Decimal = ZERO
    preserved: Decimal = ZERO
    locked: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.base + self.reinvested + self.preserved + self.locked

    @property
    def tradable(self) -> Decimal:
        """Never less than nothing: fees may have cost more than was left."""
        return max(self.base + self.reinvested, ZERO)


def in_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_EVEN)


def book_trade(buckets: Buckets, net: Decimal, *, share: Decimal) -> Buckets:
    """A profit is split by the share; a loss is taken from reinvested, then from base."""
    _check_cents("net", net)
    if not 0 <= share <= 1:
        raise NumberInvalid(
            f"share is {share}; the reinvested share of a profit must lie in [0, 1]"
        )
    if net <= 0:
        from_reinvested = min(-net, max(buckets.reinvested, ZERO))
        return replace(
            buckets,
            reinvested=buckets.reinvested - from_reinvested,
            base=buckets.base + net + from_reinvested,
        )
    kept = in_cents(net * share)
    return replace(
        buckets,
        reinvested=buckets.reinvested + kept,
        preserved=buckets.preserved + net - kept,
    )


def move_funds(buckets: Buckets, amount: Decimal) -> Buckets:
    """A deposit goes to base; a withdrawal takes preserved money first and locked money last."""
    _check_cents("amount", amount)
    if amount >= 0:
        return replace(buckets, base=buckets.base + amount)
    left = -amount
    taken: dict[str, Decimal] = {}
    for name in ("preserved", "reinvested", "base", "locked"):
        held = getattr(buckets, name)
        taken[name] = min(left, max(held, ZERO))
        left -= taken[name]
    after = {name: getattr(buckets, name) - part for name, part in taken.items()}
    after["base"] -= left
    return Buckets(**after)


def lock_profit(buckets: Buckets, amount: Decimal) -> tuple[Buckets, Decimal]:
    """The profit put under lock, at most what profit there is; the base is never locked."""
    _check_cents("amount", amount)
    from_reinvested = min(max(amount, ZERO), max(buckets.reinvested, ZERO))
    from_preserved = min(max(amount, ZERO) - from_reinvested, max(buckets.preserved, ZERO))
    locked = from_reinvested + from_preserved
    after = replace(
        buckets,
        reinvested=buckets.reinvested - from_reinvested,
        preserved=buckets.preserved - from_preserved,
        locked=buckets.locked + locked,
    )
    return after, locked


def _check_cents(name: str, amount: Decimal) -> None:
    if not amount.is_finite() or amount != in_cents(amount):
        raise NumberInvalid(f"{name} is {amount}; what is booked is a whole number of cents")
