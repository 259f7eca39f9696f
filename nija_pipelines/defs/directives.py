"""What may change between two releases: which symbols are entered."""

import dagster as dg

from nija_domain.universe.scanner import Scan, ScanRules, scan_universe
from nija_pipelines.directing import draft_directive
from nija_pipelines.resources import Channel, Installation, LakeFolder


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
        draft = draft_directive(
            "universe", at_us=at_us, reason=f"scan of {len(metrics)} symbols", symbols=symbols
        )
        number = channel.direct(settings.channel, draft).number
    kept = [ranked.symbol for ranked in scan.kept]
    return dg.Output(scan, metadata={"kept": kept, "directive": number or "none"})
