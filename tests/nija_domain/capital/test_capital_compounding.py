"""Four buckets of whole cents: what a win, a loss and a flow do to each."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.capital.compounding import (
    REINVESTED_SHARE,
    Buckets,
    book_trade,
    in_cents,
    lock_profit,
    move_funds,
)
from nija_domain.errors import NumberInvalid

THOUSAND = Buckets(base=Decimal(1_000))
CENTS = st.integers(-1_000_000, 1_000_000).map(lambda cents: Decimal(cents) / 100)
HELD = st.integers(0, 1_000_000).map(lambda cents: Decimal(cents) / 100)
BUCKETS = st.builds(Buckets, base=HELD, reinvested=HELD, preserved=HELD, locked=HELD)


def test_the_users_example_leaves_1048() -> None:
    """Base 1,000, moderate, gross 50, fee 2: 36 are reinvested and 12 preserved."""
    after = book_trade(THOUSAND, Decimal(50) - Decimal(2), share=REINVESTED_SHARE["moderate"])

    assert (after.base, after.reinvested, after.preserved) == (1_000, 36, 12)
    assert (after.total, after.tradable) == (1_048, 1_036)


@pytest.mark.parametrize(
    ("strategy", "reinvested"),
    [("conservative", 50), ("moderate", 75), ("aggressive", 90), ("full", 100)],
)
def test_each_strategy_reinvests_its_share(strategy: str, reinvested: int) -> None:
    """Of a hundred, as the table says; the rest is preserved."""
    after = book_trade(THOUSAND, Decimal(100), share=REINVESTED_SHARE[strategy])  # type: ignore[index]

    assert (after.reinvested, after.preserved) == (reinvested, 100 - reinvested)


def test_a_loss_takes_the_reinvested_first_and_then_the_base() -> None:
    """What was preserved or locked stays, however great the loss."""
    before = Buckets(
        base=Decimal(100), reinvested=Decimal(30), preserved=Decimal(20), locked=Decimal(5)
    )
    small = book_trade(before, Decimal(-10), share=Decimal("0.75"))
    great = book_trade(before, Decimal(-200), share=Decimal("0.75"))

    assert (small.reinvested, small.base) == (20, 100)
    assert (great.reinvested, great.base, great.preserved, great.locked) == (0, -70, 20, 5)
    assert great.tradable == 0


def test_a_withdrawal_takes_what_is_out_of_risk_first() -> None:
    """Preserved, reinvested, base, and what is locked only when nothing else is left."""
    before = Buckets(
        base=Decimal(100), reinvested=Decimal(30), preserved=Decimal(20), locked=Decimal(5)
    )

    assert move_funds(before, Decimal(-20)).preserved == 0
    assert move_funds(before, Decimal(-50)).reinvested == 0
    assert move_funds(before, Decimal(-60)).base == 90
    assert move_funds(before, Decimal(-153)).locked == 2


def test_only_profit_is_locked() -> None:
    """A lock wider than the profit takes all of the profit and nothing of the base."""
    before = Buckets(base=Decimal(100), reinvested=Decimal(3), preserved=Decimal(2))
    after, locked = lock_profit(before, Decimal(10))

    assert (locked, after.locked, after.base) == (5, 5, 100)


@given(before=BUCKETS, net=CENTS, share=st.sampled_from(sorted(REINVESTED_SHARE.values())))
def test_every_trade_conserves_to_the_cent(before: Buckets, net: Decimal, share: Decimal) -> None:
    """The sum moves by the net and by nothing else, and what is out of risk never falls."""
    after = book_trade(before, net, share=share)

    assert after.total == before.total + net
    assert after.preserved >= before.preserved
    assert after.locked == before.locked
    assert all(part == in_cents(part) for part in (after.base, after.reinvested, after.preserved))


@given(before=BUCKETS, amount=CENTS)
def test_every_flow_conserves_to_the_cent(before: Buckets, amount: Decimal) -> None:
    """Deposits and withdrawals move the sum by themselves."""
    assert move_funds(before, amount).total == before.total + amount


@pytest.mark.parametrize("net", ["0.001", "NaN", "Infinity"])
def test_what_is_no_number_of_cents_is_refused_by_name(net: str) -> None:
    """A bucket holds cents; anything finer was not rounded before."""
    with pytest.raises(NumberInvalid, match="net"):
        book_trade(THOUSAND, Decimal(net), share=Decimal("0.75"))


def test_a_share_out_of_range_is_refused_by_name() -> None:
    """More than all of a profit cannot be reinvested."""
    with pytest.raises(NumberInvalid, match="share"):
        book_trade(THOUSAND, Decimal(1), share=Decimal("1.01"))
