"""What may change between two releases: which symbols are entered, and who has how much money."""

import dagster as dg
import numpy as np

from nija_domain.capital.governor import Allocation, allocate
from nija_domain.learning.agents import agent_records
from nija_domain.market.timeframes import HOUR_US
from nija_domain.releases.directive import Directive
from nija_domain.universe.scanner import Scan, ScanRules, scan_universe
from nija_pipelines.resources import Channel, Installation, LakeFolder

LIFE_US = 24 * HOUR_US


@dg.asset(group_name="universe", deps=["candles"])
def universe(installation: Installation, lake: LakeFolder, channel: Channel) -> dg.Output[Scan]:
    """The symbols that move, trend and swing the most; told to the executor as a directive."""
    from nija_domain.features.history import compute_features
    from nija_domain.universe.history import measure_symbol

    settings = installation.settings()
    with lake.open() as store:
        snapshot = store.snapshot()
    histories = [h for h in lake.read_histories(settings, snapshot).values() if len(h)]
    metrics = [
        measure_symbol(history, compute_features(history), window_bars=settings.scan_bars)
        for history in histories
    ]
    scan = scan_universe(metrics, rules=ScanRules(top_n=settings.scan_top_n))
    at_us = max(int(history.ts_us[-1]) for history in histories) + settings.timeframe_us
    number = None
    if scan.kept:
        symbols = tuple(ranked.symbol for ranked in scan.kept)
        draft = _draft("universe", at_us, f"scan of {len(metrics)} symbols", symbols=symbols)
        number = channel.direct(settings.channel, draft).number
    kept = [ranked.symbol for ranked in scan.kept]
    return dg.Output(scan, metadata={"kept": kept, "directive": number or "none"})


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
    draft = _draft("allocations", at_us, f"scores {_rounded(made.scores)}", weights=made.weights)
    number = channel.direct(settings.channel, draft).number
    return dg.Output(made, metadata={"weights": made.weights, "directive": number})


def _draft(
    kind: str,
    at_us: int,
    reason: str,
    *,
    symbols: tuple[str, ...] = (),
    weights: dict[str, float] | None = None,
) -> Directive:
    """Numbered when it is issued; lives for a day of venue time."""
    return Directive(
        kind="universe" if kind == "universe" else "allocations",
        number=1,
        issued_us=at_us,
        expires_us=at_us + LIFE_US,
        reason=reason,
        symbols=symbols,
        weights=weights or {},
    )


def _rounded(scores: dict[str, float]) -> dict[str, float]:
    return {name: float(np.round(score, 3)) for name, score in scores.items()}
