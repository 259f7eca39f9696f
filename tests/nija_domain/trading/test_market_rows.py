"""The market's rows in the core: what history says, to the bit, however its bars are told."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from nija_domain.market.candles import CandleHistory
from nija_domain.trading import candles
from nija_domain.trading import fold as folding
from nija_domain.trading.fold import fold
from nija_domain.trading.market import Market
from nija_domain.trading.market_rows import (
    with_market_row,
)
from nija_domain.trading.state import State
from tests.fakes.hierarchies import hierarchical_after
from tests.fakes.market_sessions import (
    BARS,
    CUT,
    bar_closed,
    bar_us,
    bars_of,
    beliefs_of,
    candles_at,
    cut_beliefs_of,
    folded,
    halting_histories,
    histories_until,
    opened_after,
)
from tests.fakes.sessions import with_market
from tests.fakes.stages import (
    TIMEFRAME_US,
)


@pytest.fixture(scope="module")
def histories() -> dict[str, CandleHistory]:
    return halting_histories()


def _find_gaps(histories: Mapping[str, CandleHistory], start: State) -> list[int]:
    """The rows after which the stream believes other than a history cut there."""
    state, gaps = start, []
    for row in range(CUT, BARS):
        state = folded(state, bars_of(histories, [row]))
        known = histories_until(histories, bar_us(histories, row) + 1)
        if row % 5 == 0 and beliefs_of(state) != cut_beliefs_of(hierarchical_after(known)):
            gaps.append(row)
    return gaps


def test_the_stream_is_the_history_cut_at_every_bar(histories: dict[str, CandleHistory]) -> None:
    """To the bit, a halted symbol included: no belief of a bar knows a later one."""
    assert _find_gaps(histories, opened_after(histories)) == []


def test_a_cut_that_saw_one_bar_more_is_found(histories: dict[str, CandleHistory]) -> None:
    """Planted in the macro filter alone, it shows at the first bar that is compared."""
    honest, ahead = opened_after(histories), opened_after(histories, CUT + 1)
    assert honest.market.whole is not None
    assert ahead.market.whole is not None
    whole = replace(honest.market.whole, macro=ahead.market.whole.macro)
    planted = with_market(honest, whole=whole)

    assert _find_gaps(histories, planted)[0] == CUT


@pytest.mark.parametrize("stop", [CUT + 3, CUT + 24, BARS])
def test_history_that_is_caught_up_with_gives_the_same(
    histories: dict[str, CandleHistory], stop: int
) -> None:
    """After a restart only the newest bar is told closed."""
    live = folded(opened_after(histories), bars_of(histories, range(CUT, stop)))
    late = folded(opened_after(histories), bars_of(histories, range(CUT, stop), is_live=False))

    assert beliefs_of(late) == beliefs_of(live)


def test_a_row_made_too_late_is_found(
    histories: dict[str, CandleHistory], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the row of a bar waits until the next bar has written over it."""
    live = folded(opened_after(histories), bars_of(histories, range(CUT, CUT + 9)))

    def only_when_closed(market: Market, *, through_us: int) -> Market:
        is_close = through_us % TIMEFRAME_US == 0
        return with_market_row(market, through_us=through_us) if is_close else market

    monkeypatch.setattr(candles, "with_market_row", only_when_closed)
    monkeypatch.setattr(folding, "with_market_row", only_when_closed)
    late = folded(opened_after(histories), bars_of(histories, range(CUT, CUT + 9), is_live=False))

    assert beliefs_of(late) != beliefs_of(live)


def test_a_candle_after_its_bar_moves_its_symbol_alone(
    histories: dict[str, CandleHistory],
) -> None:
    """The market's row was made without it; the symbol's own filters take it in."""
    ts_us = bar_us(histories, CUT)
    *in_time, tardy = candles_at(histories, ts_us)
    before = folded(opened_after(histories), [*in_time, bar_closed(ts_us)])
    after = fold(before, tardy)

    assert after.market.whole == before.market.whole
    assert after.market.symbols[tardy.symbol].micro != before.market.symbols[tardy.symbol].micro


def test_a_bar_without_a_candle_is_no_row(histories: dict[str, CandleHistory]) -> None:
    """Told closed, it leaves the market as it was."""
    state = opened_after(histories)

    assert fold(state, bar_closed(bar_us(histories, CUT))).market.whole == state.market.whole
