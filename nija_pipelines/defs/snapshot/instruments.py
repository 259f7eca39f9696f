"""What the venue says of the pairs that are traded."""

import dagster as dg

from nija_pipelines.instance.retries import RETRY
from nija_pipelines.passing.types import Listing
from nija_pipelines.resources import Installation, LakeFolder, Market
from nija_pipelines.settings import PipelineSettings


@dg.asset(group_name="snapshot", kinds={"ccxt", "duckdb"}, pool="lake_write", retry_policy=RETRY)
def instruments(installation: Installation, market: Market, lake: LakeFolder) -> dg.Output[Listing]:
    """What the venue says of each pair: steps, minimums, fees; the lake remembers each change."""
    settings = installation.settings()
    listed, now_us = market.fetch_instruments(settings)
    with lake.open() as store:
        changed = store.append_instruments(listed, source=settings.venue_url, known_at_us=now_us)
    return dg.Output(
        Listing(listed),
        metadata={"changed": changed, "not_listed": sorted(_unlisted(settings, Listing(listed)))},
    )


def _unlisted(settings: PipelineSettings, listing: Listing) -> set[str]:
    return set(settings.symbols) - listing.by_symbol().keys()


@dg.asset_check(asset=instruments)
def every_symbol_is_listed(instruments: Listing, installation: Installation) -> dg.AssetCheckResult:
    """A symbol that the venue does not know is told of, and all others go on without it."""
    unlisted = sorted(_unlisted(installation.settings(), instruments))
    return dg.AssetCheckResult(
        passed=not unlisted,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"not listed at the venue; will not be traded": unlisted},
    )
