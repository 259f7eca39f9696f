"""What may change between two releases: who has how much money."""

import dagster as dg
import numpy as np

from nija_domain.capital.governor import Allocation, allocate
from nija_domain.learning.agents import agent_records
from nija_domain.market.timeframes import HOUR_US
from nija_domain.releases.directive import Directive
from nija_pipelines.resources import Channel, Installation, LakeFolder

LIFE_US = 24 * HOUR_US


@dg.asset(group_name="capital", deps=["candles", "feedback"])
def allocations(
    installation: Installation, lake: LakeFolder, channel: Channel
) -> dg.Output[Allocation]:
    """The governor's weights from what each agent has earned; told as a directive."""
    settings = installation.settings()
    with lake.open() as store:
        snapshot = store.snapshot()
        newest = [
            store.latest_candle_us(s, timeframe_us=settings.timeframe_us) for s in settings.symbols
        ]
    at_us = max((ts for ts in newest if ts is not None), default=0) + settings.timeframe_us
    trades = lake.read_trades(snapshot)
    records = agent_records(
        trades, agents=("trend",), capital=float(settings.backtest_cash), now_us=at_us
    )
    made = allocate(records, market_probs={"Calm": 1.0})
    draft = Directive(
        kind="allocations",
        number=1,
        issued_us=at_us,
        expires_us=at_us + LIFE_US,
        reason=f"scores {_rounded(made.scores)}",
        weights=made.weights,
    )
    number = channel.direct(settings.channel, draft).number
    return dg.Output(made, metadata={"weights": made.weights, "directive": number})


def _rounded(scores: dict[str, float]) -> dict[str, float]:
    return {name: float(np.round(score, 3)) for name, score in scores.items()}
