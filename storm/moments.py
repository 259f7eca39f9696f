"""The venue's clock in a storm, and that of the executor's machine, which may sleep."""

from nija_domain.market.timeframes import SECOND_US
from storm.loop import VirtualLoop


class Moments:
    """Both begin at the same moment and count the seconds of the loop."""

    def __init__(self, loop: VirtualLoop, *, origin_us: int, end_us: int) -> None:
        self._loop = loop
        self.origin_us = origin_us
        self._end_us = end_us
        self._naps: list[tuple[float, float]] = []

    @property
    def now_s(self) -> float:
        """Seconds since the storm began."""
        return self._loop.seconds

    @property
    def asleep_until_s(self) -> float:
        return self._naps[-1][1] if self._naps else 0.0

    def now_us(self) -> int:
        return self.origin_us + round(self._loop.seconds * SECOND_US)

    def is_over(self) -> bool:
        return self.now_us() >= self._end_us

    def put_to_sleep(self, seconds: float) -> tuple[float, float]:
        """The machine is suspended from now on, or from its next waking: from when until when."""
        begin_s = max(self.now_s, self.asleep_until_s)
        self._naps.append((begin_s, begin_s + seconds))
        return self._naps[-1]

    def monotonic_ns(self) -> int:
        """What the machine has counted; it stands still while the machine sleeps."""
        slept_s = sum(max(0.0, min(self.now_s, end) - begin) for begin, end in self._naps)
        return round((self.now_s - slept_s) * 1e9)
