"""Roll-back: the channel points again at the release before. No training is needed."""

import dagster as dg

from nija_domain.errors import ReleaseInvalid
from nija_domain.events.ledger import HoldLifted, ReleaseHeld, ReleasePromoted
from nija_domain.releases.holding import Course, Hold, WayBack, find_way_back
from nija_pipelines.instance.retries import RETRY
from nija_pipelines.resources import Channel, Installation, LedgerFile, Registry


class RollBack(dg.Config):
    """`release` is the one to roll back; empty means the champion."""

    release: str = ""


class Lift(dg.Config):
    """The release that may be promoted again, and the reason."""

    release: str
    why: str = ""


@dg.op(out=dg.Out(dg.Nothing), retry_policy=RETRY)
def point_back(
    context: dg.OpExecutionContext,
    config: RollBack,
    installation: Installation,
    channel: Channel,
    registry: Registry,
    ledger: LedgerFile,
) -> None:
    """Set the hold, the pointer, the alias and the ledger entry, in this order.

    If it is interrupted, run it again: it resumes.
    """
    settings = installation.settings()
    name, now_us = settings.channel, installation.venue_now_us()
    course = Course(pointed_at=channel.pointed_at(name), holds=ledger.holds(name))
    way = _way_back(course, config, run_id=context.run.root_run_id or context.run_id)
    hold = way.hold
    if not way.is_known:
        ledger.append(
            ReleaseHeld(
                at_us=now_us,
                channel=name,
                release_id=hold.release_id,
                returns_to=hold.returns_to,
                run_id=hold.run_id,
            )
        )
    if course.champion == hold.release_id:
        channel.point(name, hold.returns_to)
    if (champion := channel.champion(name)) is not None:
        registry.promote(settings, manifest=channel.load(champion).manifest_bytes)
    if not _is_told(ledger, name, hold):
        ledger.append(_moved(name, hold, at_us=now_us))
    context.add_output_metadata(
        {"rolled_back": hold.release_id, "champion": champion, "was_done_before": way.is_known}
    )


def _way_back(course: Course, config: RollBack, *, run_id: str) -> WayBack:
    """Where there is none, trying again finds none either."""
    try:
        return find_way_back(course, rejected=config.release, run_id=run_id)
    except ReleaseInvalid as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def _is_told(ledger: LedgerFile, channel: str, hold: Hold) -> bool:
    """Whether the ledger has the move of this roll-back, which comes after its hold."""
    told = False
    for _, entry in ledger.read():
        if isinstance(entry, ReleaseHeld) and entry.run_id == hold.run_id:
            told = False
        if isinstance(entry, ReleasePromoted) and entry.channel == channel:
            told |= (entry.release_id, entry.previous) == (hold.returns_to, hold.release_id)
    return told


def _moved(channel: str, hold: Hold, *, at_us: int) -> ReleasePromoted:
    return ReleasePromoted(
        at_us=at_us,
        channel=channel,
        release_id=hold.returns_to,
        previous=hold.release_id,
        by="roll_back",
    )


@dg.job(
    description="Go back to the release before the champion. The release that is left is held: it"
    " is not promoted again until the job lift_hold allows it.",
    executor_def=dg.in_process_executor,
)
def roll_back() -> None:
    point_back()


@dg.op(out=dg.Out(dg.Nothing))
def lift(
    context: dg.OpExecutionContext, config: Lift, installation: Installation, ledger: LedgerFile
) -> None:
    """Allow the release to be promoted again; this promotes nothing by itself."""
    name = installation.settings().channel
    held = [hold.release_id for hold in ledger.holds(name)]
    if config.release in held:
        ledger.append(
            HoldLifted(
                at_us=installation.venue_now_us(),
                channel=name,
                release_id=config.release,
                why=config.why,
            )
        )
    context.add_output_metadata(
        {"lifted": config.release if config.release in held else "none: it was not held"}
    )


@dg.job(
    description="Allow a release that was rolled back to be promoted again.",
    executor_def=dg.in_process_executor,
)
def lift_hold() -> None:
    lift()
