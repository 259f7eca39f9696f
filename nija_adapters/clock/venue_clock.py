"""The venue's time, which can run faster than ours."""

import asyncio
import math
import time
from collections.abc import Callable

from nija_domain.errors import SettingsInvalid

_SLICE_S_MAX = 0.5


def awake_or_asleep_ns() -> int:
    """Nanoseconds since the machine's start; on Linux they count while it sleeps as well."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


class VenueClock:
    """Venue time = origin + speed × monotonic time. It never goes backwards."""

    def __init__(
        self,
        origin_us: int,
        *,
        speed: float = 1.0,
        monotonic_ns: Callable[[], int] = awake_or_asleep_ns,
    ) -> None:
        if not (math.isfinite(speed) and speed > 0):
            raise SettingsInvalid(f"clock speed {speed} is not positive; write 1 for real time")
        self._speed = speed
        # Exact in whole numbers: a product of floats loses microseconds within months.
        self._gain, self._divisor = speed.as_integer_ratio()
        self._monotonic_ns = monotonic_ns
        self._origin_us = origin_us
        self._started_ns = monotonic_ns()
        self._latest_us = origin_us

    def now_us(self) -> int:
        """The venue's time now."""
        elapsed_ns = self._monotonic_ns() - self._started_ns
        self._latest_us = max(
            self._latest_us, self._origin_us + elapsed_ns * self._gain // (self._divisor * 1000)
        )
        return self._latest_us

    def sync(self, origin_us: int) -> None:
        """Correct the clock: jump forward to this time, or stand still until it is reached."""
        self.now_us()
        self._origin_us = origin_us
        self._started_ns = self._monotonic_ns()

    async def sleep_until(self, at_us: int) -> None:
        """Sleep until this venue time, even if the clock is corrected meanwhile."""
        while (remaining_us := at_us - self.now_us()) > 0:
            remaining_s = remaining_us / self._speed / 1e6
            await asyncio.sleep(min(remaining_s, _SLICE_S_MAX))

    async def sleep(self, duration_us: int) -> None:
        """Sleep for this span of venue time."""
        await self.sleep_until(self.now_us() + duration_us)


def wall_now_us() -> int:
    """The real time in UTC: for request numbers and time-outs, never for decisions."""
    return time.time_ns() // 1000
