"""Venue time: it starts where the settings say and runs at its own speed."""

from collections.abc import Callable


class VenueClock:
    """Origin plus speed times the monotonic clock, never past the end of the world."""

    def __init__(
        self, *, origin_us: int, end_us: int, speed: float, monotonic_ns: Callable[[], int]
    ) -> None:
        self._origin_us = origin_us
        self._end_us = end_us
        self._speed = speed
        self._monotonic_ns = monotonic_ns
        self._started_ns = monotonic_ns()

    def now_us(self) -> int:
        elapsed_us = (self._monotonic_ns() - self._started_ns) // 1_000
        return min(self._end_us, self._origin_us + int(elapsed_us * self._speed))

    def is_over(self) -> bool:
        """Whether the world has no further price to tell."""
        return self.now_us() >= self._end_us
