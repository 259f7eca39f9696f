"""The account in detail: buckets, protection, milestones, growth and projection."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from math import sqrt
from statistics import median

import msgspec

from nija_domain.capital.account import Capital
from nija_domain.capital.changes import is_reopening_earned
from nija_domain.capital.milestones import measure_progress
from nija_domain.capital.monte_carlo import SampledTrade
from nija_domain.capital.performance import (
    DAYS_A_YEAR,
    HORIZONS_DAYS,
    annual_growth,
    growth_velocity,
    project_equity,
    sharpe_ratio,
)
from nija_domain.events import records as ev
from nija_domain.events.capital_records import CapitalTuned, MilestoneReached
from nija_domain.events.version_1 import position_key
from nija_domain.market.timeframes import YEAR_US, utc_day
from nija_domain.statements.statement import Statement
from nija_domain.statistics.evidence import Sample, find_lack
from nija_domain.statistics.intervals import (
    Interval,
    growth_interval,
    projection_interval,
    sharpe_interval,
)
from nija_domain.trading.state import State


class MilestoneStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The last and the next milestone; `share` is how much of the way is done."""

    passed: int
    rewarded: int
    bonus: float
    last: Decimal
    next: Decimal | None
    share: float
    history: tuple[MilestoneReached, ...]


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A number with its 95 % interval; without one, `why` says what is missing."""

    value: float | None = None
    interval: Interval | None = None
    why: str | None = None


class CapitalStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Rates are fractions; the sample is the whole life of the account."""

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
    sample: Sample
    cagr: Estimate
    sharpe: Estimate
    growth_a_day: float | None
    shadow_equity: Decimal | None
    shadow_wins: int | None
    is_reopening_earned: bool


class Projection(msgspec.Struct, frozen=True, kw_only=True):
    """Equity at each horizon in days."""

    equity: Decimal
    sample: Sample
    cagr: Estimate
    projected: dict[int, Estimate]


def describe_capital(statement: Statement) -> CapitalStatus:
    state, at_us = statement.state, statement.last_us
    capital, rules = state.book.capital, state.protection_rules
    protection, buckets, shadow = capital.protection, capital.buckets, capital.shadow
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
        sample=statement.sample,
        cagr=_growth(statement),
        sharpe=_sharpe(statement),
        growth_a_day=growth_velocity(capital.days, last_day=utc_day(at_us)),
        shadow_equity=shadow.equity if shadow else None,
        shadow_wins=shadow.wins if shadow else None,
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


def _growth(statement: Statement) -> Estimate:
    lack = find_lack(statement.sample)
    if lack:
        return Estimate(why=lack)
    capital = statement.state.book.capital
    lived_us = statement.last_us - (capital.first_us or 0)
    annual = annual_growth(capital.index, lived_us=lived_us)
    if annual is None:
        return Estimate(why="the account has lost everything, so there is no growth to compute")
    bounds = growth_interval(annual, statement.daily_returns, periods_a_year=DAYS_A_YEAR)
    return Estimate(value=annual, interval=bounds)


def _sharpe(statement: Statement) -> Estimate:
    lack, ratio = find_lack(statement.sample), sharpe_ratio(statement.daily_returns)
    if lack or ratio is None:
        return Estimate(why=lack or "the equity never changed, so there is no ratio")
    bounds = sharpe_interval(statement.daily_returns, periods_a_year=DAYS_A_YEAR)
    return Estimate(value=ratio, interval=bounds)


def _summary(state: State) -> str:
    """Equity, protection, regime and volatility in one line."""
    capital = state.book.capital
    regimes = Counter(each.regime for each in state.market.symbols.values() if each.regime)
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
    return [each.values[column] * sqrt(bars_a_year) for each in state.market.symbols.values()]


def describe_projection(statement: Statement) -> Projection:
    equity, growth = statement.state.book.capital.protection.equity, _growth(statement)
    projected = project_equity(float(equity), growth.value)
    return Projection(
        equity=equity,
        sample=statement.sample,
        cagr=growth,
        projected={
            days: _projected(statement, growth, days, projected[days]) for days in HORIZONS_DAYS
        },
    )


def _projected(statement: Statement, growth: Estimate, days: int, value: float | None) -> Estimate:
    if growth.value is None:
        return Estimate(why=growth.why)
    if value is None:
        return Estimate(why="larger than any amount of money")
    equity = float(statement.state.book.capital.protection.equity)
    factors = projection_interval(
        growth.value, statement.daily_returns, periods=days, periods_a_year=DAYS_A_YEAR
    )
    return Estimate(value=value, interval=Interval(equity * factors.low, equity * factors.high))


def sample_trades(events: Iterable[ev.JournalEvent]) -> tuple[SampledTrade, ...]:
    """Every closed trade, with the factors of its entry's size."""
    entries: dict[str, ev.OrderIntended] = {}
    samples = []
    for event in events:
        match event:
            case ev.OrderIntended(role="entry"):
                entries[position_key(event)] = event
            case ev.TradeClosed():
                factors = {s.step: s.factor for s in _waterfall(entries.get(position_key(event)))}
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
