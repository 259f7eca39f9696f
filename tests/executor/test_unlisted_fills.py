"""A fill of a pair that the venue has taken off its list, read by a process that never knew it."""

from decimal import Decimal

from executor.observe.orders import _filled
from nija_domain.trading.reports import FillReport
from tests.fakes.sessions import NOON_US, SYMBOL, accepted, intended, open_state


def test_a_fill_is_booked_under_the_pair_of_our_order() -> None:
    """The venue names the pair by a code that nothing explains any more; the fee is in dollars."""
    state = open_state(intended("e"), accepted("e"))
    told = FillReport(
        trade_id="t",
        venue_id="v-e",
        symbol="XXBTZUSD",
        side="buy",
        quantity=Decimal("0.5"),
        price=Decimal(100),
        fee=Decimal("0.13"),
        at_us=NOON_US,
    )

    (fill,) = _filled(state, [told])

    assert (fill.symbol, fill.fee_asset) == (SYMBOL, "USD")  # type: ignore[attr-defined]
