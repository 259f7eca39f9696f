"""The rules of the venue for each traded pair."""

import dagster as dg

from nija_pipelines.instance.retries import RETRY
from nija_pipelines.passing.types import Listing
from nija_pipelines.resources import Installation, LakeFolder, Market
from nija_pipelines.settings import PipelineSettings


@dg.asset(group_name="snapshot", kinds={"ccxt", "duckdb"}, pool="lake_write", retry_policy=RETRY)
def instruments(installation: Installation, market: Market, lake: LakeFolder) -> dg.Output[Listing]:
    """Price and quantity steps, minimums and fees of each pair; the lake records each change."""
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
    """Warns of a symbol that the venue does not list; all others are traded without it."""
    unlisted = sorted(_unlisted(installation.settings(), instruments))
    return dg.AssetCheckResult(
        passed=not unlisted,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"not listed at the venue; will not be traded": unlisted},
    )
