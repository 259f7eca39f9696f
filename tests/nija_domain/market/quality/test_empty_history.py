"""No candle at all is a verdict of its own."""

from nija_domain.market.quality.examination import examine_history
from tests.fakes.candle_walks import BAR_US, random_walk


def test_a_history_without_candles_is_empty_and_no_more() -> None:
    """The rule says so; nothing stumbles over no rows."""
    nothing = random_walk(bars=1, seed=1).cut(0)
    judged = examine_history(nothing, timeframe_us=BAR_US, now_us=0)

    assert [problem.rule for problem in judged.problems] == ["empty"]
    assert len(judged.clean) == 0
