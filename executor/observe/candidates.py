"""Lets the candidates trade on paper once the live orders are out, and watches their channels.

Of the executor it sees what `Beside` tells: no venue, and nothing that sends.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Protocol

import structlog

from executor.observe.pages import Reader, Stretch, closed_candle, judged_page
from executor.ports import ReleaseChannel
from nija_domain.errors import told
from nija_domain.events import records as ev
from nija_domain.releases.content import ReleaseContent, encode_content
from nija_domain.trading.state import State

log = structlog.get_logger("executor")

UNREADABLE = "unreadable"
"""Stands for the release of a pointer that cannot be read."""


CandidateEvent = (
    ev.CandidateActivated
    | ev.CandidateWarmed
    | ev.CandidateRejected
    | ev.CandidateDropped
    | ev.CandidatesDue
)


class Beside(Reader, Protocol):
    """The parts of a session that candidates may use: it takes nothing but events of theirs."""

    @property
    def state(self) -> State: ...
    @property
    def candidates(self) -> Mapping[str, ReleaseChannel]: ...
    async def observe(self, events: Iterable[CandidateEvent]) -> None: ...


class CandidateWatch:
    """Remembers which release of each channel it refused, so that it is recorded once."""

    def __init__(self) -> None:
        self._refused: dict[str, str] = {}

    async def observe_candidates(self, session: Beside) -> None:
        """The last of a turn: whatever it takes, no live order waits for it."""
        if session.state.paper.is_due:
            await session.observe([ev.CandidatesDue(at_us=session.clock.now_us())])
        if session.state.release is None:
            return
        for name, channel in session.candidates.items():
            if events := await self._look(session, name, channel):
                await session.observe(events)
        for name in session.state.paper.books.keys() - session.candidates.keys():
            await session.observe([_dropped(session, name, "the setting no longer names it")])

    async def _look(
        self, session: Beside, name: str, channel: ReleaseChannel
    ) -> list[CandidateEvent]:
        """An odd channel, whatever is odd of it, stops neither the others nor the live book."""
        book = session.state.paper.books.get(name)
        pointed: str | None = UNREADABLE
        try:
            pointed = channel.pointed_release_id()
            if pointed is None:
                return [_dropped(session, name, "its channel is empty")] if book else []
            if pointed in {self._refused.get(name), book.release_id if book else None}:
                return []
            release = channel.load_verified()
            activated = ev.CandidateActivated(
                at_us=session.clock.now_us(),
                candidate=name,
                release_id=release.release_id,
                fingerprint=release.fingerprint,
                content=encode_content(release.content),
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this candidate's alone
            return self._refusal(session, name, pointed or UNREADABLE, error)
        self._refused.pop(name, None)
        return [activated, *await _warmed(session, name, release.content)]

    def _refusal(
        self, session: Beside, name: str, release_id: str, error: Exception
    ) -> list[CandidateEvent]:
        if self._refused.get(name) == release_id:
            return []
        self._refused[name] = release_id
        rejected = ev.CandidateRejected(
            at_us=session.clock.now_us(),
            candidate=name,
            release_id=release_id,
            reason=told(error),
        )
        return [rejected]


def _dropped(session: Beside, name: str, reason: str) -> ev.CandidateDropped:
    return ev.CandidateDropped(at_us=session.clock.now_us(), candidate=name, reason=reason)


async def _warmed(session: Beside, name: str, content: ReleaseContent) -> list[CandidateEvent]:
    """The candles from the end of its history to those that the live book has had.

    Without them it warms up with what comes.
    """
    stretches = _missed(session.state, content)
    pages = [judged_page(session, stretch, content) for stretch in stretches]
    candles: list[ev.CandleClosed] = []
    for stretch, found in zip(
        stretches, await asyncio.gather(*pages, return_exceptions=True), strict=True
    ):
        if isinstance(found, BaseException):
            log.warning("a candidate misses candles", symbol=stretch.symbol, why=str(found))
            continue
        candles += [closed_candle(each, content.timeframe_us) for each in found[1].taken]
    if not candles:
        return []
    candles.sort(key=lambda candle: (candle.ts_us, candle.symbol))
    at_us = session.clock.now_us()
    return [ev.CandidateWarmed(at_us=at_us, candidate=name, candles=tuple(candles))]


def _missed(state: State, content: ReleaseContent) -> list[Stretch]:
    known, release = state.market.symbols, state.release
    if release is None or release.content.timeframe_us != content.timeframe_us:
        return []
    return [
        Stretch(cut.symbol, cut.ts_us, cut.close, known[cut.symbol].ts_us)
        for cut in content.cuts
        if cut.symbol in known and cut.ts_us < known[cut.symbol].ts_us
    ]
