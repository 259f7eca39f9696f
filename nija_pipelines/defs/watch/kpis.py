"""The numbers that start a training: drift of the market, and new closed trades."""

import dagster as dg

from nija_domain.events.ledger import ReleasePublished
from nija_domain.learning.feedback import count_new
from nija_domain.releases.content import unpack_content
from nija_pipelines.instance.retries import FRESH
from nija_pipelines.passing.types import Kpis
from nija_pipelines.resources import Channel, Installation, LakeFolder, LedgerFile


@dg.asset(group_name="watch", deps=["candles", "feedback"], freshness_policy=FRESH)
def kpis(
    installation: Installation, lake: LakeFolder, channel: Channel, ledger: LedgerFile
) -> dg.Output[Kpis]:
    """How much worse the champion predicts the newest bars, and how many trades closed since."""
    from nija_domain.features.history.feature_rows import compute_features
    from nija_domain.regimes.history.drift import measure_drift

    settings = installation.settings()
    champion = channel.champion(settings.channel)
    if champion is None:
        return dg.Output(Kpis(release_id="", drift_score=0.0, drift_bars=0, new_trades=0))
    with lake.open() as store:
        snapshot = store.snapshot()
    histories = lake.read_histories(settings, snapshot)
    trades = lake.read_trades(snapshot)
    drift = measure_drift(
        unpack_content(channel.load(champion).files).regimes,
        [compute_features(history) for history in histories.values() if len(history)],
        bars=settings.drift_bars,
    )
    since_us = _last_learned_us(ledger)
    found = Kpis(
        release_id=champion,
        drift_score=drift.score,
        drift_bars=drift.bars,
        new_trades=count_new(trades, champion, since_us=since_us),
    )
    return dg.Output(found, metadata={"drift_score": drift.score, "new_trades": found.new_trades})


def _last_learned_us(ledger: LedgerFile) -> int:
    """Up to when the newest release has learned, promoted or not, rolled back or not."""
    return max(
        (entry.at_us for _, entry in ledger.read() if isinstance(entry, ReleasePublished)),
        default=0,
    )
