"""The way back: the channel points again at the release before, and no training is needed."""

import dagster as dg

from nija_domain.events.ledger import ReleasePromoted
from nija_pipelines.resources import Channel, Installation, LedgerFile


@dg.op
def point_back(
    context: dg.OpExecutionContext,
    installation: Installation,
    channel: Channel,
    ledger: LedgerFile,
) -> str:
    """The executor takes it between two bars, as it takes every release."""
    name = installation.settings().channel
    target = channel.before_champion(name)
    if target is None:
        raise dg.Failure(f"channel {name} has pointed at no other release: there is no way back")
    previous = channel.point(name, target)
    ledger.append(
        ReleasePromoted(
            at_us=installation.venue_now_us(),
            channel=name,
            release_id=target,
            previous=previous,
            by="roll_back",
        )
    )
    context.log.info("channel %s points at %s again, no longer at %s", name, target, previous)
    return target


@dg.job(description="Point the champion's channel at the release before.")
def roll_back() -> None:
    point_back()
