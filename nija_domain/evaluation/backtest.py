"""The executor's own core, fed with history, on paper."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

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
from nija_domain.trading.paper import PaperDesk, observe, opening, trade_bar
from nija_domain.trading.state import State


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


def run_backtest(plan: BacktestPlan) -> Backtest:
    """Every bar of the histories, in order, through the decision core."""
    plan = _with_steps(plan)
    bars = _bars(plan.histories)
    dealt = observe(PaperDesk(State()), _opening(plan, bars[0][0] if bars else 0))
    journal: list[ev.JournalEvent] = list(dealt.records)
    for ts_us, rows in bars:
        close_us = ts_us + plan.content.timeframe_us
        closing = (
            ev.BarClosed(at_us=close_us, ts_us=ts_us),
            ev.DecisionDue(at_us=close_us, ts_us=ts_us),
        )
        candles = [*_candles(plan, rows, close_us)]
        dealt = trade_bar(dealt.desk, candles, closing, model=plan.fill_model)
        journal += dealt.records
    return Backtest(tuple(journal))


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
