"""Keeps a snapshot of the state now and then, in a thread: the event loop goes on."""

import asyncio

import structlog

from executor.ports import Snapshots
from nija_domain.errors import NijaError
from nija_domain.trading.snapshots import Snapshot, encode_state
from nija_domain.trading.state import State

log = structlog.get_logger("executor")

RECORDS_APART = 10_000
"""What a start after a crash folds at most; about a second."""


class StateKeeper:
    """At most one snapshot is on its way. One that fails costs only time at the next start."""

    def __init__(self, snapshots: Snapshots, *, kept: int) -> None:
        self._snapshots = snapshots
        self._kept = kept
        self._task: asyncio.Task[None] | None = None

    def offer(self, state: State, sequence: int) -> None:
        """Keep this state if the last snapshot is long ago."""
        if sequence - self._kept < RECORDS_APART or (self._task and not self._task.done()):
            return
        self._kept = sequence
        self._task = asyncio.create_task(asyncio.to_thread(self._keep, state, sequence))

    async def finish(self, state: State, sequence: int) -> None:
        """Keep the last state, so that the next start has nothing to fold."""
        if self._task:
            await self._task
        if sequence > self._kept:
            self._kept = sequence
            await asyncio.to_thread(self._keep, state, sequence)

    def _keep(self, state: State, sequence: int) -> None:
        try:
            self._snapshots.keep(Snapshot(sequence=sequence, body=encode_state(state)))
        except NijaError as error:
            log.warning("no snapshot was kept; the next start reads more", why=str(error))
