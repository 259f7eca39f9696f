"""Whatever happens to the account: its balance is cash, positions, dust and foreign coins."""

from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from nija_domain.trading.account_changes import known_total
from nija_domain.trading.fold import fold
from tests.fakes.account_storms import AccountStorm
from tests.fakes.sessions import accepted, closed, filled, intended, open_state

FILLS_AN_ORDER = 20
FEE_ASSETS = ("USD", "BTC", "KFEE")


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_books_and_balances_agree_to_the_last_decimal(seed: int) -> None:
    """After every event, and after two looks with all that people did meanwhile."""
    AccountStorm(seed).play(30)


def test_the_storm_meets_everything_that_it_is_for() -> None:
    """A check that nothing reaches would hold of anything."""
    met: set[str] = set()
    for seed in range(40):
        storm = AccountStorm(seed)
        storm.play(30)
        met |= storm.seen_kinds

    assert met >= {
        "AssetOversold",
        "BalanceExplained",
        "CoinsMoved",
        "DustWrittenOff",
        "FundsFound",
        "OrderFilled",
        "SoldByHand",
        "TradeClosed",
    }


@pytest.mark.parametrize("fills", [2_000, pytest.param(1_000_000, marks=pytest.mark.prove)])
def test_random_partial_fills_are_exact_to_the_last_decimal(fills: int) -> None:
    """Fees in base, quote and a third coin; the sums are kept apart, as whole fractions."""
    rng, state = Random(7), open_state()  # noqa: S311 - no secret
    sums = {"USD": Fraction(10_000), "BTC": Fraction(0), "KFEE": Fraction(0)}
    for number in range(fills // FILLS_AN_ORDER):
        order_id = f"e{number}"
        name = f"trend/BTC/USD/core/{number}"
        for event in (intended(order_id, position_id=name), accepted(order_id)):
            state = fold(state, event)
        for part in range(FILLS_AN_ORDER):
            is_sale = part >= FILLS_AN_ORDER // 2
            quantity, price = Decimal(rng.randint(1, 10**9)), Decimal(rng.randint(1, 10**9))
            fill = replace(
                filled(f"{order_id}-stop" if is_sale else order_id, "", quantity="1", price="1"),
                trade_id=f"{number}.{part}",
                side="sell" if is_sale else "buy",
                quantity=quantity.scaleb(-8),
                price=price.scaleb(-5),
                fee=Decimal(rng.randint(0, 10**6)).scaleb(-8),
                fee_asset=rng.choice(FEE_ASSETS),
            )
            state = fold(state, fill)
            sign = -1 if is_sale else 1
            sums["BTC"] += sign * Fraction(fill.quantity)
            sums["USD"] -= sign * Fraction(fill.quantity) * Fraction(fill.price)
            sums[fill.fee_asset] -= Fraction(fill.fee)
        state = fold(fold(state, closed(order_id)), closed(f"{order_id}-stop"))

    assert {asset: Fraction(known_total(state, asset)) for asset in sums} == sums
