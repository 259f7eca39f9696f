"""A live session with candidates beside it, over a small generated market."""

from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

from nija_domain.evaluation.backtest import BacktestPlan
from nija_domain.events import records as ev
from nija_domain.releases.content import ReleaseContent, encode_content
from nija_domain.trading.paper import opening
from nija_domain.trading.session import advance
from nija_domain.trading.state import State
from tests.fakes.stages import COMPETING, TIMEFRAME_US, plan_backtest

CANDIDATE = "candidate-1"


def activated(
    content: ReleaseContent,
    *,
    at_us: int,
    candidate: str = CANDIDATE,
    release_id: str = "backtest",
) -> ev.CandidateActivated:
    """Named as the back-test names its release: presets are drawn by this name."""
    return ev.CandidateActivated(
        at_us=at_us,
        candidate=candidate,
        release_id=release_id,
        fingerprint=release_id,
        content=encode_content(content),
    )


def start_us(plan: BacktestPlan) -> int:
    return min(int(history.ts_us[0]) for history in plan.histories.values())


def live_opening(plan: BacktestPlan) -> list[ev.JournalEvent]:
    release = ev.ReleaseActivated(
        at_us=start_us(plan),
        release_id="live",
        fingerprint="live",
        content=encode_content(plan.content),
    )
    made = opening(
        release, limits=plan.limits, instruments=plan.instruments, cash=plan.starting_cash
    )
    return [*made]


def bar_events(plan: BacktestPlan, row: int) -> Iterator[ev.JournalEvent]:
    """What the executor observes of one bar, in its order."""
    for _, history in sorted(plan.histories.items()):
        candle = history.candle(row)
        close_us = candle.ts_us + TIMEFRAME_US
        yield ev.CandleClosed(at_us=close_us, **msgspec.structs.asdict(candle))
    yield ev.BarClosed(at_us=close_us, ts_us=candle.ts_us)
    yield ev.DecisionDue(at_us=close_us, ts_us=candle.ts_us, venue_us=close_us)


def session_events(
    plan: BacktestPlan, candidates: Iterable[ev.CandidateActivated], *, bars: int
) -> Iterator[ev.JournalEvent]:
    """The live book decides, too, but no order of its own is ever answered."""
    yield from live_opening(plan)
    yield from candidates
    for row in range(bars):
        yield from (seen := [*bar_events(plan, row)])
        yield ev.CandidatesDue(at_us=seen[-1].at_us + 1)


def played(state: State, events: Iterable[ev.JournalEvent]) -> tuple[State, list[ev.JournalEvent]]:
    """The state after these, and all that was recorded."""
    records: list[ev.JournalEvent] = []
    for event in events:
        advanced = advance(state, event)
        state = advanced.state
        records += advanced.records
    return state, records


@cache
def session_with_candidate(bars: int = 300) -> tuple[ev.JournalEvent, ...]:
    """All records of a session whose only candidate trades what the live book trades."""
    plan = plan_backtest(bars=bars, seed=2, arms=COMPETING)
    begun = activated(plan.content, at_us=start_us(plan))
    return tuple(played(State(), session_events(plan, [begun], bars=bars))[1])
