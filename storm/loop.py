"""An event loop whose time is virtual: no sockets, no threads, and no waiting."""

import asyncio
from collections.abc import Coroutine
from typing import Any, NoReturn, TypeVar

Result = TypeVar("Result")


class _Nothing:
    """Where a real loop waits for sockets, time jumps to the next timer."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("every task waits for something that nothing will bring")
        self._loop.seconds += timeout
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """Tasks run in the order in which they become ready; ports make them ready at drawn moments."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self._selector = _Nothing(self)

    def time(self) -> float:
        return self.seconds

    def run_in_executor(self, *_: object) -> NoReturn:
        raise RuntimeError("a thread would make a seed play differently each time")

    def _process_events(self, _events: list[Any]) -> None:
        return None

    def _write_to_self(self) -> None:
        return None


def play(course: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine in a loop of its own."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(course)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
