"""The reinvested share follows what was shown, in small steps within reach of the choice."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.capital.adaptation import ShareEvidence, adapt_share

MODERATE = Decimal("0.75")


def _evidence(
    *, sharpe: float | None = 3.0, trades: int = 20, level: str = "NORMAL"
) -> ShareEvidence:
    return ShareEvidence(sharpe=sharpe, target_sharpe=2.0, trades=trades, level=level)


def test_success_in_calm_raises_the_share_by_five_points() -> None:
    """Over the target and NORMAL; the reason tells both."""
    move = adapt_share(MODERATE, chosen=MODERATE, evidence=_evidence())

    assert move is not None
    assert (move.before, move.after) == (MODERATE, Decimal("0.80"))
    assert "3.00" in move.reason


def test_a_negative_sharpe_lowers_the_share_by_ten_points() -> None:
    """Whatever the level."""
    move = adapt_share(MODERATE, chosen=MODERATE, evidence=_evidence(sharpe=-0.1, level="DANGER"))

    assert move is not None
    assert move.after == Decimal("0.65")


@pytest.mark.parametrize(
    "evidence",
    [
        _evidence(trades=19),
        _evidence(sharpe=None),
        _evidence(sharpe=2.0),
        _evidence(sharpe=0.0),
        _evidence(level="CAUTION"),
    ],
)
def test_without_evidence_nothing_moves(evidence: ShareEvidence) -> None:
    """Too few trades, no ratio, a target that is met but not passed, or a level over NORMAL."""
    assert adapt_share(MODERATE, chosen=MODERATE, evidence=evidence) is None


@given(
    chosen=st.sampled_from([Decimal("0.50"), MODERATE, Decimal("0.90"), Decimal(1)]),
    ratios=st.lists(st.floats(-5, 5), max_size=30),
)
def test_no_row_of_days_leads_out_of_reach(chosen: Decimal, ratios: list[float]) -> None:
    """Never further than 15 points from the choice, never out of [25 %, 100 %]."""
    share = chosen
    for ratio in ratios:
        move = adapt_share(share, chosen=chosen, evidence=_evidence(sharpe=ratio))
        share = move.after if move else share

        assert abs(share - chosen) <= Decimal("0.15")
        assert Decimal("0.25") <= share <= 1
