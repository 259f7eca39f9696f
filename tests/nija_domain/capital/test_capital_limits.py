"""Hard limits are in range, only ever tightened, and find what has passed them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.capital.limits import (
    COUNTS,
    SHARES,
    UPPER_BOUNDS,
    HardLimits,
    find_halts,
    tightened,
)

LIMITS = st.builds(
    HardLimits,
    **{name: st.floats(1e-6, 1.0) for name in SHARES},
    **{name: st.integers(0, 100) for name in COUNTS},
    min_notional=st.floats(0.0, 1e6),
    max_data_age_bars=st.floats(0.01, 1e3),
)


@given(limits=LIMITS, envelope=LIMITS)
def test_no_envelope_loosens_a_limit(limits: HardLimits, envelope: HardLimits) -> None:
    """Every limit of both is at least as tight as in each; order makes no difference."""
    both = tightened(limits, envelope)

    assert both == tightened(envelope, limits)
    assert tightened(both, limits) == both
    assert all(getattr(both, name) <= getattr(limits, name) for name in UPPER_BOUNDS)
    assert both.min_notional >= limits.min_notional


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_trade_share", 0.0),
        ("max_trade_share", 1.1),
        ("daily_loss_halt", float("nan")),
        ("max_open_positions", -1),
        ("max_orders_per_minute", -1),
        ("max_open_orders", -1),
        ("max_price_band", 0.0),
        ("max_data_age_bars", 0.0),
        ("max_data_age_bars", float("inf")),
        ("daily_rollback", 1.5),
        ("min_notional", -0.01),
        ("min_notional", float("inf")),
    ],
)
def test_a_limit_out_of_range_is_named(field: str, value: float) -> None:
    """A limit that would mean nothing is refused by its name."""
    with pytest.raises(ValueError, match=field):
        HardLimits(**{field: value})


@pytest.mark.parametrize(
    ("equity", "halts"),
    [
        (100.0, set()),
        (90.01, set()),
        (90.0, {"daily_loss_halt"}),
        (85.01, {"daily_loss_halt"}),
        (85.0, {"daily_loss_halt", "daily_rollback"}),
        (60.0, {"daily_loss_halt", "daily_rollback", "max_drawdown_halt"}),
    ],
)
def test_a_halt_is_found_at_its_bound(equity: float, halts: set[str]) -> None:
    """The bound itself halts; a hair above it does not."""
    found = find_halts(HardLimits(), equity=equity, peak_equity=100.0, day_start_equity=100.0)

    assert set(found) == halts


def test_an_account_without_marks_is_not_halted() -> None:
    """Before there was any equity there is no loss of it."""
    assert find_halts(HardLimits(), equity=0.0, peak_equity=0.0, day_start_equity=0.0) == {}


def test_every_limit_is_tightened() -> None:
    """No field of the limits is left out of what a release can only tighten."""
    named = {*UPPER_BOUNDS, "min_notional", "protection"}

    assert named == set(HardLimits.__struct_fields__)
