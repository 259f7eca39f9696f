"""One thread that writes everything that waits as one group: many callers, one fdatasync."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import msgspec

from nija_domain.errors import NijaError

REST_AFTER_S = 0.25
"""So long nothing is asked of the thread before it does what can wait."""

GROUP_RECORDS_MAX = 10_000
"""A larger backlog is written in several groups, so that the first need not wait for the last."""


class Waiting(msgspec.Struct, frozen=True, eq=False):
    """The bodies of one call, and where its answer goes."""

    bodies: tuple[bytes, ...]
    answer: Future[int]


class GroupCommit:
    """`write` stores bodies durably, all or none, and returns the number of the last one.

    Groups keep the order of the calls. If one cannot be written, everything that waits behind it
    fails with it: it may build on what was not stored.

    `rest` is called in the same thread once nothing has been asked of it for a while.
    """

    def __init__(
        self, write: Callable[[Sequence[bytes]], int], *, rest: Callable[[], None] = lambda: None
    ) -> None:
        self._write = write
        self._rest = rest
        self._waiting: deque[Waiting] = deque()
        self._change = threading.Condition()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def submit(self, bodies: Sequence[bytes]) -> Future[int]:
        """The number of the last body, once all of them are durable."""
        answer: Future[int] = Future()
        # From here on nobody can take the call back: later ones may build on it.
        answer.set_running_or_notify_cancel()
        with self._change:
            if self._is_closed:
                raise NijaError("the journal is closed; open it again to write")
            self._waiting.append(Waiting(tuple(bodies), answer))
            self._change.notify()
        return answer

    def close(self) -> None:
        """Write what waits, then end the thread."""
        with self._change:
            self._is_closed = True
            self._change.notify()
        self._thread.join()

    def _run(self) -> None:
        while group := self._next_group():
            bodies = [body for call in group for body in call.bodies]
            try:
                sequence = self._write(bodies) - len(bodies)
            except BaseException as error:  # noqa: BLE001 - it belongs to those who wait
                self._fail(group, error)
                continue
            for call in group:
                sequence += len(call.bodies)
                call.answer.set_result(sequence)

    def _next_group(self) -> list[Waiting]:
        """Everything that waits; nothing once closed."""
        if not self._is_asked_within(REST_AFTER_S):
            self._rest()
        self._is_asked_within(None)
        with self._change:
            group: list[Waiting] = []
            records = 0
            while self._waiting and records < GROUP_RECORDS_MAX:
                call = self._waiting.popleft()
                group.append(call)
                records += len(call.bodies)
            return group

    def _is_asked_within(self, wait_s: float | None) -> bool:
        with self._change:
            return self._change.wait_for(lambda: self._is_closed or bool(self._waiting), wait_s)

    def _fail(self, group: Sequence[Waiting], error: BaseException) -> None:
        with self._change:
            behind = list(self._waiting)
            self._waiting.clear()
        for call in (*group, *behind):
            call.answer.set_exception(error)
