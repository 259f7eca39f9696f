"""The executor's belief of the market: that of history, also after it was off for some bars."""

import msgspec
from msgspec.structs import replace

from executor.ports import VerifiedRelease
from nija_domain.evaluation.parity import find_first_difference
from nija_domain.regimes.hierarchy import MacroState
from nija_domain.strategies.agents import agent_alone
from nija_domain.strategies.shelf import choose_preset
from tests.fakes.channels import FakeReleases
from tests.fakes.hierarchies import hierarchical_after
from tests.fakes.stages import TIMEFRAME_US, WARM_UP_BARS
from tests.fakes.stands import CHURN, SYMBOLS, Stand, run

CHOICE = replace(choose_preset("trend", "aggressive"), parameters=CHURN.parameters)


def _stand() -> Stand:
    stand = Stand(bars=14)
    known = {symbol: history.cut(WARM_UP_BARS) for symbol, history in stand.candles.items()}
    content = replace(hierarchical_after(known), agents=agent_alone(CHOICE))
    stand.releases = FakeReleases(VerifiedRelease("m-1", "f-m-1", content))
    return stand


def _believed(stand: Stand) -> MacroState:
    market = stand.session.state.market.whole
    assert market is not None
    return market.macro


def _of_history(stand: Stand) -> MacroState:
    """What a release cut at the executor's newest bar would carry."""
    newest_us = stand.session.state.market.symbols[SYMBOLS[0]].ts_us
    known = {
        symbol: history.cut(int((history.ts_us <= newest_us).sum()))
        for symbol, history in stand.candles.items()
    }
    market = hierarchical_after(known).market
    assert market is not None
    return market.macro


def test_live_bars_and_bars_caught_up_with_are_those_of_history() -> None:
    """Six bars live, five while the process was off, one more live: every bit of the history's."""
    stand = _stand()

    async def course() -> None:
        await stand.start()
        await stand.play(6)
        assert _believed(stand) == _of_history(stand)
        stand.clock.at_us += 5 * TIMEFRAME_US
        await stand.restart()
        await stand.play(1)

    run(course())

    assert "OrderIntended" in stand.kinds()
    assert msgspec.json.encode(_believed(stand)) == msgspec.json.encode(_of_history(stand))
    assert find_first_difference(stand.journal.events) is None
