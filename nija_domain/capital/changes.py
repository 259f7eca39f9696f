"""What changes in the account after a closed bar, a closed trade or a person's decision."""

from decimal import Decimal

from nija_domain.capital.account import SHARE_PARAMETER, UNDOES, Capital
from nija_domain.capital.adaptation import ShareEvidence, adapt_share
from nija_domain.capital.capital_regimes import capital_regime
from nija_domain.capital.milestones import bonus_of, find_reached
from nija_domain.capital.performance import WINDOW_DAYS, DayClose, daily_returns, sharpe_ratio
from nija_domain.capital.presets import PRESETS
from nija_domain.capital.protection import (
    ProtectionRules,
    find_change,
    is_regained,
    reopen,
)
from nija_domain.capital.tuner import RegimeResults, tune
from nija_domain.events import capital_records as cap
from nija_domain.events import records as ev
from nija_domain.market.timeframes import DAY_US, utc_day


def changes_after_mark(
    before: Capital, after: Capital, rules: ProtectionRules, *, at_us: int
) -> tuple[ev.JournalEvent, ...]:
    """The protection level for this equity; once a day also the adaptive changes."""
    level = _level_change(after, rules, at_us)
    is_new_day = bool(before.days) and before.days[-1].day != utc_day(at_us)
    learned = learn_of_day(after, at_us=at_us) if is_new_day else ()
    return (*level, *learned)


def _level_change(
    capital: Capital, rules: ProtectionRules, at_us: int
) -> tuple[cap.ProtectionChanged, ...]:
    change = find_change(capital.protection, rules)
    if change is None:
        return ()
    return (
        cap.ProtectionChanged(
            at_us=at_us,
            before=change.before,
            after=change.after,
            drawdown=float(capital.protection.drawdown),
            reason=change.reason,
        ),
    )


def changes_after_trade(capital: Capital, *, at_us: int) -> tuple[cap.MilestoneReached, ...]:
    """The milestones that realised equity has newly reached."""
    rewarded = capital.milestones.rewarded
    found = find_reached(capital.milestones, equity=capital.realised, profit=capital.profit)
    return tuple(
        cap.MilestoneReached(
            at_us=at_us,
            rung=reached.rung,
            locked=reached.locked,
            bonus=bonus_of(rewarded + number),
        )
        for number, reached in enumerate(found, start=1)
    )


def is_reopening_earned(capital: Capital, rules: ProtectionRules) -> bool:
    """Whether shadow trades have enough wins in a row and regained half of the loss."""
    shadow = capital.shadow
    if shadow is None or capital.protection.level != "HALT":
        return False
    is_climbed = is_regained(capital.protection, shadow.equity, rules)
    return shadow.wins >= rules.wins_to_relax and is_climbed


def changes_after_approval(
    capital: Capital, decision: cap.ApprovalDecided, rules: ProtectionRules
) -> tuple[ev.JournalEvent, ...]:
    """An approval opens DANGER only if shadow trades earned it; undo needs nothing."""
    if not decision.is_granted:
        return ()
    if decision.what == "undo":
        return undo_last(capital, at_us=decision.at_us)
    if not is_reopening_earned(capital, rules):
        return ()
    opened = reopen(capital.protection, rules)
    return (
        cap.ProtectionChanged(
            at_us=decision.at_us,
            before="HALT",
            after=opened.level,
            drawdown=float(capital.protection.drawdown),
            reason=f"approved: {decision.why}",
            halting_equity=opened.halting_equity,
        ),
    )


def learn_of_day(capital: Capital, *, at_us: int) -> tuple[cap.CapitalTuned, ...]:
    """Adaptive changes after a finished day; none for a while after an undo."""
    if at_us < capital.held_until_us:
        return ()
    last_day = utc_day(at_us) - 1
    returns = daily_returns(_until(capital.days, last_day), last_day=last_day, window=WINDOW_DAYS)
    return (*_adapted(capital, sharpe_ratio(returns), at_us), *_tuned(capital, at_us))


def _until(days: tuple[DayClose, ...], last_day: int) -> tuple[DayClose, ...]:
    return tuple(close for close in days if close.day <= last_day)


def _adapted(capital: Capital, sharpe: float | None, at_us: int) -> tuple[cap.CapitalTuned, ...]:
    evidence = ShareEvidence(
        sharpe=sharpe,
        target_sharpe=PRESETS[capital.preset].sizing.target_sharpe,
        trades=_count_recent(capital, at_us),
        level=capital.protection.level,
    )
    move = adapt_share(capital.share, chosen=capital.chosen_share, evidence=evidence)
    if move is None:
        return ()
    evidence_values = {"sharpe": sharpe or 0.0, "trades": float(evidence.trades)}
    return (_moved(at_us, SHARE_PARAMETER, move.before, move.after, evidence_values, move.reason),)


def _tuned(capital: Capital, at_us: int) -> tuple[cap.CapitalTuned, ...]:
    preset = PRESETS[capital.preset].sizing
    nudges = tune(regime_evidence(capital, at_us=at_us), preset=preset, tuned=capital.tuned)
    return tuple(
        _moved(at_us, n.parameter, n.before, n.after, n.evidence, "what the last 30 days support")
        for n in nudges
    )


def regime_evidence(capital: Capital, *, at_us: int) -> dict[str, RegimeResults]:
    """Per regime of the symbol at entry: the Sharpe ratio of what its trades returned each day."""
    by_regime: dict[str, list[tuple[int, float]]] = {}
    for trade in capital.results:
        age_us = at_us - trade.at_us
        if 0 <= age_us < WINDOW_DAYS * DAY_US:
            regime: str = capital_regime("Calm", trade.regime)
            by_regime.setdefault(regime, []).append((age_us // DAY_US, trade.net_return))
    evidence: dict[str, RegimeResults] = {}
    lived = min(WINDOW_DAYS, max(len(capital.days), 1))
    for regime, results in by_regime.items():
        daily = [0.0] * lived
        for day, result in results:
            daily[min(day, lived - 1)] += result
        evidence[regime] = RegimeResults(sharpe_ratio(daily), len(results))
    return evidence


def _count_recent(capital: Capital, at_us: int) -> int:
    return sum(0 <= at_us - trade.at_us < WINDOW_DAYS * DAY_US for trade in capital.results)


def undo_last(capital: Capital, *, at_us: int) -> tuple[cap.CapitalTuned, ...]:
    """The changes of the last day that had any, each reversed."""
    if not capital.moves:
        return ()
    last_us = capital.moves[-1].at_us
    return tuple(
        _moved(at_us, m.parameter, m.after, m.before, {UNDOES: float(m.at_us)}, "undone")
        for m in reversed(capital.moves)
        if m.at_us == last_us
    )


def _moved(
    at_us: int,
    parameter: str,
    before: float | Decimal,
    after: float | Decimal,
    evidence: dict[str, float],
    reason: str,
) -> cap.CapitalTuned:
    return cap.CapitalTuned(
        at_us=at_us,
        parameter=parameter,
        before=float(before),
        after=float(after),
        evidence=evidence,
        reason=reason,
    )
