"""Promotion: the channel points at the new release, if it has earned it."""

import dagster as dg

from nija_domain.events.ledger import ReleaseKept, ReleasePromoted
from nija_domain.releases.holding import why_held
from nija_pipelines.instance.retries import FRESH_DAILY, RETRY
from nija_pipelines.passing.types import (
    BacktestReport,
    Published,
)
from nija_pipelines.resources import Channel, Installation, LedgerFile, Registry


@dg.asset(
    group_name="releases",
    kinds={"mlflow"},
    retry_policy=RETRY,
    freshness_policy=FRESH_DAILY,
)
def champion(
    release: Published,
    backtest: BacktestReport,
    installation: Installation,
    channel: Channel,
    registry: Registry,
    ledger: LedgerFile,
) -> dg.MaterializeResult[None]:
    """Promote the release: register it and point the channel at it.

    The executor switches to it between two bars. A release that has not earned it, or that was
    rolled back, is kept as challenger and trades on paper beside the champion, if one of the
    candidates' channels is free; the champion's channel stays unchanged.
    """
    settings = installation.settings()
    manifest = channel.load(release.release_id).manifest_bytes
    if obstacles := _obstacles(release, backtest, settings.channel, channel, ledger):
        registry.keep(settings, manifest=manifest)
        _record_kept(release, obstacles, settings.channel, ledger)
        return dg.MaterializeResult(
            metadata={
                "release": release.release_id,
                "promoted": False,
                "why": obstacles,
                "candidate": channel.challenge(release.release_id) or "none: all channels are full",
            }
        )
    version = registry.promote(settings, manifest=manifest)
    channel.point(settings.channel, release.release_id)
    before = [each for each in channel.pointed_at(settings.channel) if each != release.release_id]
    previous = before[-1] if before else None
    if _last_promoted(ledger, settings.channel) != release.release_id:
        ledger.append(
            ReleasePromoted(
                at_us=release.created_us,
                channel=settings.channel,
                release_id=release.release_id,
                previous=previous,
                by="training_line",
            )
        )
    return dg.MaterializeResult(
        metadata={
            "release": release.release_id,
            "promoted": True,
            "why": list(backtest.merit.reasons) if backtest.merit else [],
            "previous": previous or "none",
            "registered_version": version,
            "feedback_trades": release.feedback_trades,
        }
    )


def _obstacles(
    release: Published, backtest: BacktestReport, name: str, channel: Channel, ledger: LedgerFile
) -> list[str]:
    """Why this release is not promoted, a sentence each; nothing where it may be."""
    held = channel.manifests(hold.release_id for hold in ledger.holds(name))
    held_why = why_held(channel.manifest(release.release_id), held)
    return ([held_why] if held_why else []) + _lack_of_merit(release, backtest)


def _lack_of_merit(release: Published, backtest: BacktestReport) -> list[str]:
    """What another one has earned, trained before it or under other settings, is not its own."""
    merit, remedy = backtest.merit, "run the job training_line or calibration"
    if merit is None:
        return [f"its back-test was not judged; {remedy}"]
    if not release.subject or release.subject != backtest.subject:
        return [f"the last back-test used other models, settings or candles; {remedy}"]
    return [] if merit.is_earned else list(merit.reasons)


def _record_kept(release: Published, reasons: list[str], name: str, ledger: LedgerFile) -> None:
    """Once, however often the step runs."""
    kept = ReleaseKept(
        at_us=release.created_us,
        channel=name,
        release_id=release.release_id,
        reasons=tuple(reasons),
    )
    if all(entry != kept for _, entry in ledger.read()):
        ledger.append(kept)


def _last_promoted(ledger: LedgerFile, name: str) -> str | None:
    """A step that was killed behind its entry does not write it twice."""
    promoted = [
        entry.release_id
        for _, entry in ledger.read()
        if isinstance(entry, ReleasePromoted) and entry.channel == name
    ]
    return promoted[-1] if promoted else None
