"""What the journal says of the account: its state, its outlook, its orders."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import sqrt
from pathlib import Path
from statistics import median

import msgspec

from nija.bootstrap import read_journal
from nija_domain.capital.account import Capital
from nija_domain.capital.bootstrap import SampledTrade
from nija_domain.capital.changes import is_reopening_earned
from nija_domain.capital.milestones import measure_progress
from nija_domain.capital.performance import (
    WINDOW_DAYS,
    annual_growth,
    daily_returns,
    growth_velocity,
    project_equity,
    sharpe_ratio,
)
from nija_domain.errors import PlaceUnusable
from nija_domain.events import records as ev
from nija_domain.events.capital_records import CapitalTuned, MilestoneReached
from nija_domain.market.timeframes import YEAR_US, utc_day
from nija_domain.trading.allotments import Allotment, allotments_of
from nija_domain.trading.fold import fold
from nija_domain.trading.state import State
from nija_domain.trading.stories import Story, tell_story


class MilestoneStanding(msgspec.Struct, frozen=True, kw_only=True):
    """`share` is how far the stretch to the next one is behind."""

    passed: int
    rewarded: int
    bonus: float
    last: Decimal
    next: Decimal | None
    share: float
    history: tuple[MilestoneReached, ...]


class CapitalStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Rates are fractions; None is what cannot be told yet."""

    line: str
    at_us: int
    base: Decimal
    reinvested: Decimal
    preserved: Decimal
    locked: Decimal
    tradable: Decimal
    realised: Decimal
    deposits: Decimal
    equity: Decimal
    peak: Decimal
    drawdown: float
    level: str
    multiplier: float
    floor: Decimal
    wins: int
    preset: str
    reinvested_share: Decimal
    tuned: dict[str, float]
    moves: tuple[CapitalTuned, ...]
    milestones: MilestoneStanding
    cagr: float | None
    sharpe_30d: float | None
    growth_a_day: float | None
    paper_equity: Decimal | None
    paper_wins: int | None
    is_reopening_earned: bool


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    equity: Decimal
    cagr: float | None
    projected: dict[int, float | None]


class Folded(msgspec.Struct, frozen=True):
    state: State
    at_us: int


def fold_journal(path: Path) -> Folded:
    state, at_us = State(), 0
    for event in _events(path):
        state, at_us = fold(state, event), event.at_us
    return Folded(state, at_us)


def _events(path: Path) -> Iterator[ev.JournalEvent]:
    if not path.exists():
        raise PlaceUnusable(f"there is no journal at {path}; set NIJA_HOME, or trade first")
    return (event for _, event in read_journal(path))


def allotments_in_force(path: Path) -> tuple[Allotment, ...]:
    """What bounds entries by the journal, as page and API tell it; nothing before it exists."""
    if not path.exists():
        return ()
    folded = fold_journal(path)
    return allotments_of(folded.state, at_us=folded.at_us)


def tell_status(folded: Folded) -> CapitalStatus:
    state, at_us = folded.state, folded.at_us
    capital, rules = state.capital, state.protection_rules
    protection, buckets, paper = capital.protection, capital.buckets, capital.paper
    returns = daily_returns(capital.days, last_day=utc_day(at_us), window=WINDOW_DAYS)
    return CapitalStatus(
        line=_summary(state),
        at_us=at_us,
        base=buckets.base,
        reinvested=buckets.reinvested,
        preserved=buckets.preserved,
        locked=buckets.locked,
        tradable=buckets.tradable,
        realised=capital.realised,
        deposits=capital.deposits,
        equity=protection.equity,
        peak=protection.peak,
        drawdown=float(protection.drawdown),
        level=protection.level,
        multiplier=rules.multiplier(protection.level),
        floor=Decimal(repr(rules.floor_share)) * protection.floor_capital,
        wins=protection.wins,
        preset=capital.preset,
        reinvested_share=capital.share,
        tuned=capital.tuned,
        moves=capital.moves,
        milestones=_milestones(capital),
        cagr=_cagr(capital, at_us),
        sharpe_30d=sharpe_ratio(returns),
        growth_a_day=growth_velocity(capital.days, last_day=utc_day(at_us)),
        paper_equity=paper.equity if paper else None,
        paper_wins=paper.wins if paper else None,
        is_reopening_earned=is_reopening_earned(capital, rules),
    )


def _milestones(capital: Capital) -> MilestoneStanding:
    progress = measure_progress(capital.milestones, capital.realised)
    return MilestoneStanding(
        passed=capital.milestones.passed,
        rewarded=capital.milestones.rewarded,
        bonus=capital.milestones.bonus,
        last=progress.last,
        next=progress.next,
        share=progress.share,
        history=capital.achievements,
    )


def _cagr(capital: Capital, at_us: int) -> float | None:
    lived_us = at_us - capital.first_us if capital.first_us is not None else 0
    return annual_growth(capital.index, lived_us=lived_us)


def _summary(state: State) -> str:
    """Money, state, regime, volatility."""
    capital = state.capital
    regimes = Counter(market.regime for market in state.symbols.values() if market.regime)
    regime = regimes.most_common(1)[0][0] if regimes else "no regime yet"
    volatilities = [v for v in _volatilities(state) if v == v]  # noqa: PLR0124 - leaves out NaN
    spread = f"{median(volatilities):.0%} a year" if volatilities else "unknown"
    return (
        f"{capital.protection.equity:,.2f}, of it {capital.buckets.tradable:,.2f} tradable ·"
        f" {capital.protection.level}, drawdown {float(capital.protection.drawdown):.1%} ·"
        f" {regime} · volatility {spread}"
    )


def _volatilities(state: State) -> list[float]:
    release = state.release
    if release is None or "ewma_volatility" not in release.content.feature_names:
        return []
    column = release.content.feature_names.index("ewma_volatility")
    bars_a_year = YEAR_US / release.content.timeframe_us
    return [market.values[column] * sqrt(bars_a_year) for market in state.symbols.values()]


def tell_projection(folded: Folded) -> Projection:
    capital = folded.state.capital
    equity, cagr = capital.protection.equity, _cagr(capital, folded.at_us)
    return Projection(equity=equity, cagr=cagr, projected=project_equity(float(equity), cagr))


def sample_trades(path: Path) -> tuple[SampledTrade, ...]:
    """Every closed trade, with the factors that its entry was sized by."""
    entries: dict[str, ev.OrderIntended] = {}
    samples = []
    for event in _events(path):
        match event:
            case ev.OrderIntended(role="entry"):
                entries[event.symbol] = event
            case ev.TradeClosed():
                factors = {s.step: s.factor for s in _waterfall(entries.get(event.symbol))}
                stake = event.quantity * event.entry_price
                samples.append(
                    SampledTrade(
                        net_return=float((event.gross - event.fees) / stake),
                        regime=event.regime,
                        leverage=factors.get("volatility", 1.0),
                        risk=factors.get("risk", 1.0),
                    )
                )
    return tuple(samples)


def _waterfall(entry: ev.OrderIntended | None) -> Sequence[ev.WaterfallStep]:
    return entry.waterfall if entry else ()


def tell_asked(path: Path, asked: str) -> Story:
    """Why what is asked for is as it is."""
    return tell_story(_events(path), asked)
