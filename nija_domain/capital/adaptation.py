"""Adaptive compounding: once a day the reinvested share follows the results."""

from decimal import Decimal

import msgspec

LOOKBACK_TRADES = 20
STEP_UP, STEP_DOWN = Decimal("0.05"), Decimal("0.10")
REACH = Decimal("0.15")
LEAST, MOST = Decimal("0.25"), Decimal("1.00")


class ShareEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The last 30 days: the Sharpe ratio, if there is one, and the number of trades."""

    sharpe: float | None
    target_sharpe: float
    trades: int
    level: str


class ShareMove(msgspec.Struct, frozen=True):
    before: Decimal
    after: Decimal
    reason: str


def adapt_share(current: Decimal, *, chosen: Decimal, evidence: ShareEvidence) -> ShareMove | None:
    """Up after calm success, down after losses, within reach of the chosen preset."""
    sharpe = evidence.sharpe
    if evidence.trades < LOOKBACK_TRADES or sharpe is None:
        return None
    if sharpe < 0.0:
        wished, why = current - STEP_DOWN, f"Sharpe {sharpe:.2f} is negative"
    elif sharpe > evidence.target_sharpe and evidence.level == "NORMAL":
        wished = current + STEP_UP
        why = f"Sharpe {sharpe:.2f} is over {evidence.target_sharpe:g} and protection is NORMAL"
    else:
        return None
    after = bounded_share(wished, chosen=chosen)
    if after == current:
        return None
    return ShareMove(current, after, f"{why}, over {evidence.trades} trades of 30 days")


def bounded_share(share: Decimal, *, chosen: Decimal) -> Decimal:
    """Within 15 points of the choice and within [25 %, 100 %]."""
    low, high = max(chosen - REACH, LEAST), min(chosen + REACH, MOST)
    return min(max(share, low), high)
