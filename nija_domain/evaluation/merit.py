"""Whether a release has earned its promotion in the back-test: enough trades, and a profit."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from nija_domain.evaluation.outcome import Outcome
from nija_domain.evaluation.overfitting import bootstrap_lower_bound
from nija_domain.statistics.evidence import RATIO_TRADES_MIN


class MeritRules(msgspec.Struct, frozen=True, kw_only=True):
    """A block holds two hours of five-minute bars: longer than most positions are held."""

    trades_min: int = RATIO_TRADES_MIN
    drawdown_max: float = 0.25
    confidence: float = 0.95
    block_bars: int = 24
    bootstrap_draws: int = 2_000


class Merit(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it has, with the reasons; returns are per bar, after all costs."""

    is_earned: bool
    reasons: tuple[str, ...]
    trades: int
    mean_return: float
    return_lower_bound: float | None


def judge_merit(
    outcome: Outcome, *, rng: np.random.Generator, rules: MeritRules | None = None
) -> Merit:
    """Resampled in blocks of the account's bars.

    So symbols that move together, and neighbouring bars, are not taken for independent proofs.
    """
    rules = rules or MeritRules()
    returns = np.array(outcome.returns)
    bound = None
    if len(returns) >= 2 * rules.block_bars:
        bound = bootstrap_lower_bound(
            returns,
            block_bars=rules.block_bars,
            draws=rules.bootstrap_draws,
            confidence=rules.confidence,
            rng=rng,
        )
    objections = tuple(_objections(outcome, bound, rules))
    return Merit(
        is_earned=not objections,
        reasons=objections or (_praise(outcome.trades, bound or 0.0),),
        trades=outcome.trades,
        mean_return=float(returns.mean()) if len(returns) else 0.0,
        return_lower_bound=bound,
    )


def _objections(outcome: Outcome, bound: float | None, rules: MeritRules) -> Iterator[str]:
    drawdown = _drawdown(outcome.returns)
    if drawdown > rules.drawdown_max:
        allowed = f"{rules.drawdown_max:.0%} are allowed"
        yield f"a drawdown of {drawdown:.0%} on unseen history; {allowed}"
    if outcome.trades < rules.trades_min:
        least = f"{rules.trades_min} are the least to judge by"
        yield f"{outcome.trades} trades on unseen history; {least}"
    if bound is None:
        yield f"fewer than {2 * rules.block_bars} unseen bars; ingest more history"
    elif not bound > 0.0:
        yield (
            f"its return on unseen history may be {bound * 1e4:+.4f} bps a bar or less"
            f" ({rules.confidence:.0%} sure): not surely a profit"
        )


def _drawdown(returns: Sequence[float]) -> float:
    """The deepest fall from the highest equity so far, of one unit at the start."""
    equity = np.cumprod(1.0 + np.array((0.0, *returns)))
    peaks = np.maximum.accumulate(equity)
    return float(((peaks - equity) / peaks).max())


def _praise(trades: int, bound: float) -> str:
    return f"{trades} trades on unseen history, at least {bound * 1e4:.4f} bps a bar after costs"
