"""How much must be seen before a ratio, a projection or a drawdown is claimed: here alone."""

import msgspec

RATIO_TRADES_MIN = 30
RATIO_DAYS_MIN = 60
DRAWDOWN_RETURNS_MIN = 30
"""The deepest of fewer returns says how short they are, not how deep it goes."""


class Sample(msgspec.Struct, frozen=True):
    """Closed trades, and the days over which they are known; None where nobody tells the days."""

    trades: int
    days: int | None = None


def find_lack(sample: Sample) -> str | None:
    """Why no ratio and no projection may be told of this sample, if none may."""
    lacks = [f"{sample.trades} of at least {RATIO_TRADES_MIN} closed trades"]
    lacks *= sample.trades < RATIO_TRADES_MIN
    if sample.days is not None and sample.days < RATIO_DAYS_MIN:
        lacks.append(f"{sample.days} of at least {RATIO_DAYS_MIN} days")
    return f"too few to say: {' and '.join(lacks)}" if lacks else None


def find_drawdown_lack(returns: int) -> str | None:
    """Why no drawdown may be told of so many returns, if none may."""
    if returns >= DRAWDOWN_RETURNS_MIN:
        return None
    return f"too few to say: {returns} of at least {DRAWDOWN_RETURNS_MIN} returns"
