"""The executor's own core, fed with history, on paper."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.events import records as ev
from nija_domain.market.candles import CandleHistory
from nija_domain.market.instruments import Instrument
from nija_domain.market.quality.steps import find_steps
from nija_domain.releases.content import ReleaseContent, encode_content
from nija_domain.trading.matching import FillModel
from nija_domain.trading.paper import Dealt, PaperDesk, observe, opening, trade_bar
from nija_domain.trading.state import State

if TYPE_CHECKING:
    from nija_domain.evaluation.foresight import Foresight
    from nija_domain.evaluation.quiet_bars import Quiet

FORESEEN_MIN = 2_000
"""With fewer candles it takes longer to compile the steps than to interpret them."""


class BacktestPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a back-test depends on; `histories` begin after the content's cut."""

    content: ReleaseContent
    histories: Mapping[str, CandleHistory]
    instruments: Mapping[str, Instrument]
    limits: HardLimits
    fill_model: FillModel
    starting_cash: Decimal


class Backtest(msgspec.Struct, frozen=True):
    """What happened, as the journal of a live session would hold it."""

    events: tuple[ev.JournalEvent, ...]

    @property
    def trades(self) -> tuple[ev.TradeClosed, ...]:
        return tuple(event for event in self.events if isinstance(event, ev.TradeClosed))

    @property
    def rewards(self) -> tuple[ev.PresetRewarded, ...]:
        return tuple(event for event in self.events if isinstance(event, ev.PresetRewarded))

    @property
    def equity(self) -> tuple[ev.EquityMarked, ...]:
        return tuple(event for event in self.events if isinstance(event, ev.EquityMarked))


def run_backtest(plan: BacktestPlan, *, is_stepped: bool = False) -> Backtest:
    """Every bar of the histories, in order, through the decision core.

    Bars at which nothing happens are played at once, unless each is to be stepped.
    """
    plan = _with_steps(plan)
    seen = {} if is_stepped else _foreseen(plan)
    bars, row = _even_bars(plan) if seen else _bars(plan.histories), 0
    dealt = observe(PaperDesk(State()), _opening(plan, bars[0][0] if bars else 0))
    journal: list[ev.JournalEvent] = list(dealt.records)
    while row < len(bars):
        if seen:
            quiet = _play_quiet(dealt.desk, seen, row)
            dealt, row = Dealt(quiet.desk), quiet.row
            journal += quiet.records
        if row < len(bars):
            dealt = _stepped(dealt.desk, plan, *bars[row])
            journal += dealt.records
            row += 1
    return Backtest(tuple(journal))


def _stepped(desk: PaperDesk, plan: BacktestPlan, ts_us: int, rows: Mapping[str, int]) -> Dealt:
    close_us = ts_us + plan.content.timeframe_us
    closing = (
        ev.BarClosed(at_us=close_us, ts_us=ts_us),
        ev.DecisionDue(at_us=close_us, ts_us=ts_us),
    )
    candles = [*_candles(plan, rows, close_us)]
    return trade_bar(desk, candles, closing, model=plan.fill_model)


def _foreseen(plan: BacktestPlan) -> "dict[str, Foresight]":
    """Known beforehand where nothing but the candles of one unbroken grid decides it."""
    from nija_domain.evaluation.foresight import foresee

    content, histories = plan.content, plan.histories
    if sum(map(len, histories.values())) < FORESEEN_MIN:
        return {}
    cuts = {cut.symbol: cut for cut in content.cuts}
    is_plain = (
        content.hierarchy is None
        and not content.confirmed_steps
        and not any(agent.arms.choices for agent in content.agents)
        and histories.keys() == cuts.keys()
        and all(_is_unbroken(histories[s], cuts[s].ts_us, content.timeframe_us) for s in cuts)
        and len({len(history) for history in histories.values()}) == 1
        and len({cut.ts_us for cut in content.cuts}) == 1
    )
    if not is_plain:
        return {}
    return {symbol: foresee(content, cuts[symbol], histories[symbol]) for symbol in sorted(cuts)}


def _play_quiet(desk: PaperDesk, seen: "Mapping[str, Foresight]", row: int) -> "Quiet":
    from nija_domain.evaluation.quiet_bars import play_quiet

    return play_quiet(desk, seen, row)


def _is_unbroken(history: CandleHistory, cut_us: int, frame_us: int) -> bool:
    """Whether it begins right after the release's own history and lacks no bar."""
    return bool((np.diff(history.ts_us, prepend=cut_us) == frame_us).all())


def _with_steps(plan: BacktestPlan) -> BacktestPlan:
    """History that is tested has passed the contract: a price that steps in it does so rightly."""
    closes = {cut.symbol: cut.close for cut in plan.content.cuts}
    steps = {}
    for symbol, history in plan.histories.items():
        known = np.concatenate(([closes.get(symbol, np.nan)], history.close))
        rows = find_steps(known) - 1
        if rows.size:
            steps[symbol] = tuple(history.ts_us[rows].tolist())
    return replace(plan, content=replace(plan.content, confirmed_steps=steps)) if steps else plan


class _EvenBars(msgspec.Struct, frozen=True):
    """The rows of every symbol by bar, where all of them have the same bars."""

    times_us: list[int]
    symbols: list[str]

    def __len__(self) -> int:
        return len(self.times_us)

    def __getitem__(self, row: int) -> tuple[int, dict[str, int]]:
        return self.times_us[row], dict.fromkeys(self.symbols, row)


def _even_bars(plan: BacktestPlan) -> _EvenBars:
    any_history = next(iter(plan.histories.values()))
    return _EvenBars(any_history.ts_us.tolist(), sorted(plan.histories))


def _bars(histories: Mapping[str, CandleHistory]) -> list[tuple[int, dict[str, int]]]:
    """The rows of every symbol by bar, in the order of time."""
    by_time: dict[int, dict[str, int]] = {}
    for symbol, history in sorted(histories.items()):
        for row, ts_us in enumerate(history.ts_us.tolist()):
            by_time.setdefault(ts_us, {})[symbol] = row
    return sorted(by_time.items())


def _opening(plan: BacktestPlan, at_us: int) -> Iterator[ev.JournalEvent]:
    release = ev.ReleaseActivated(
        at_us=at_us,
        release_id="backtest",
        fingerprint="backtest",
        content=encode_content(plan.content),
    )
    return opening(
        release, limits=plan.limits, instruments=plan.instruments, cash=plan.starting_cash
    )


def _candles(
    plan: BacktestPlan, rows: Mapping[str, int], close_us: int
) -> Iterator[ev.CandleClosed]:
    for symbol, row in rows.items():
        candle = plan.histories[symbol].candle(row)
        yield ev.CandleClosed(at_us=close_us, **msgspec.structs.asdict(candle))
