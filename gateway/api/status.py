"""Answers about what runs, what stops entries, and what failed."""

from datetime import datetime

from gateway.api.envelope import Answer, moment, moment_of
from gateway.build import Build
from gateway.watch import Health, Reading
from nija_domain.statements.account import INCIDENTS_SHOWN
from nija_domain.statements.incidents import Incident
from nija_domain.statements.standing import Entries, Standing
from nija_domain.statements.statement import Statement


class ExecutorHealth(Answer):
    """`age_s` is the wall time since the last journal record.

    A hung executor is `stale`. One without a release is `waiting`: it records no bars.
    """

    health: Health
    age_s: float | None


class LastEvent(Answer):
    """The newest record of the journal."""

    sequence: int
    kind: str
    at: datetime


class HindranceAnswer(Answer):
    """Something that stops entries, or only limits them if `stops` is false.

    `authority` is who restricts, if somebody does, and `until` when it ends by itself.
    """

    what: str
    stops: bool
    reason: str
    since: datetime | None
    until: datetime | None
    authority: str | None
    remedy: str


class StandingAnswer(Answer):
    """Whether entries are possible; `line` is the first sentence of `nija status`."""

    entries: Entries
    line: str
    hindrances: list[HindranceAnswer]


class IncidentAnswer(Answer):
    """Something that failed, with what to do about it."""

    at: datetime
    kind: str
    text: str
    remedy: str
    times: int


class StatusAnswer(Answer):
    """`venue_time` is the newest in the journal; it runs at `speed` times ours."""

    mode: str | None
    version: str
    build_id: str
    branch: str
    commit: str
    release: str | None
    venue: str | None
    venue_time: datetime | None
    speed: float | None
    simulated: bool
    standing: StandingAnswer
    incidents: list[IncidentAnswer]
    executor: ExecutorHealth
    last_event: LastEvent | None
    halts: list[str]


def status_answer(reading: Reading, build: Build) -> StatusAnswer:
    statement = reading.statement
    release, session = statement.state.release, statement.session
    return StatusAnswer(
        mode=session.mode if session else None,
        version=build.version,
        build_id=build.build_id,
        branch=build.branch,
        commit=build.commit,
        release=release.release_id if release else None,
        venue=session.venue if session else None,
        venue_time=moment_of(statement.venue_us),
        speed=session.speed if session else None,
        simulated=statement.trail.is_simulated,
        standing=standing_answer(reading.standing),
        incidents=[incident_answer(each) for each in reading.incidents[:INCIDENTS_SHOWN]],
        executor=ExecutorHealth(health=reading.health, age_s=reading.silent_s),
        last_event=_last_event(statement),
        halts=sorted(statement.state.restrictions.halts),
    )


def standing_answer(standing: Standing) -> StandingAnswer:
    hindrances = [
        HindranceAnswer(
            what=each.what,
            stops=each.stops,
            reason=each.reason,
            since=None if each.since_us is None else moment(each.since_us),
            until=None if each.until_us is None else moment(each.until_us),
            authority=each.authority,
            remedy=each.remedy,
        )
        for each in standing.hindrances
    ]
    return StandingAnswer(entries=standing.entries, line=standing.line, hindrances=hindrances)


def incident_answer(incident: Incident) -> IncidentAnswer:
    return IncidentAnswer(
        at=moment(incident.at_us),
        kind=incident.kind,
        text=incident.text,
        remedy=incident.remedy,
        times=incident.times,
    )


def _last_event(statement: Statement) -> LastEvent | None:
    last = statement.last
    if last is None:
        return None
    return LastEvent(sequence=statement.sequence, kind=type(last).__name__, at=moment(last.at_us))
