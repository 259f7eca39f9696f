"""Venue time follows its origin and speed, and never steps back."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_adapters.clock.venue_clock import VenueClock, wall_now_us
from nija_domain.errors import SettingsInvalid

_HOUR_US = 3_600_000_000


class HandClock:
    """A monotonic source that moves when the test moves it."""

    def __init__(self) -> None:
        self.now_ns = 12_345

    def __call__(self) -> int:
        return self.now_ns


@given(origin_us=st.integers(0, 2**52), seconds=st.integers(0, 10**7), speed=st.integers(1, 1000))
def test_venue_time_is_origin_plus_speed_times_monotonic(
    origin_us: int, seconds: int, speed: int
) -> None:
    """Exact to the microsecond over months, at any speed."""
    hand = HandClock()
    clock = VenueClock(origin_us, speed=speed / 4, monotonic_ns=hand)

    hand.now_ns += seconds * 1_000_000_000

    assert clock.now_us() == origin_us + speed * seconds * 250_000


@given(
    moves=st.lists(
        st.tuples(st.integers(0, 10**9), st.none() | st.integers(-(10**7), 10**7)), max_size=20
    )
)
def test_no_sync_makes_time_step_back(moves: list[tuple[int, int | None]]) -> None:
    """Whatever the venue says, the next reading is not before the last one."""
    hand = HandClock()
    clock = VenueClock(10**15, speed=2, monotonic_ns=hand)
    readings = [clock.now_us()]
    for elapsed_ns, drift_us in moves:
        hand.now_ns += elapsed_ns
        if drift_us is not None:
            clock.sync(10**15 + drift_us)
        readings.append(clock.now_us())

    assert readings == sorted(readings)


def test_a_clock_ahead_waits_and_a_clock_behind_catches_up() -> None:
    """After a sync the clock meets the venue's time and then runs with it."""
    hand = HandClock()
    clock = VenueClock(1_000_000, monotonic_ns=hand)
    clock.sync(5_000_000)
    caught_up = clock.now_us()
    clock.sync(4_000_000)
    waiting = clock.now_us()
    hand.now_ns += 3_000_000_000

    assert (caught_up, waiting) == (5_000_000, 5_000_000)
    assert clock.now_us() == 7_000_000


def test_sleeping_is_in_venue_time() -> None:
    """Hours of a fast venue pass, and the sleeper wakes at its hour or later."""
    clock = VenueClock(0, speed=1e6)

    asyncio.run(clock.sleep_until(_HOUR_US))
    woken_us = clock.now_us()
    asyncio.run(clock.sleep(_HOUR_US))

    assert woken_us >= _HOUR_US
    assert clock.now_us() >= woken_us + _HOUR_US


def test_a_sleeper_hears_of_a_sync() -> None:
    """A clock that is set forward past the hour wakes who waits for it."""

    async def sync_while_sleeping() -> int:
        clock = VenueClock(0, speed=1.0)
        sleeper = asyncio.create_task(clock.sleep_until(_HOUR_US))
        await asyncio.sleep(0)
        clock.sync(_HOUR_US)
        await sleeper
        return clock.now_us()

    assert asyncio.run(sync_while_sleeping()) >= _HOUR_US


@pytest.mark.parametrize("speed", [0, -1, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    """Time goes forward."""
    with pytest.raises(SettingsInvalid, match=f"speed {speed}"):
        VenueClock(0, speed=speed)


def test_wall_time_is_in_microseconds() -> None:
    """Between 2024 and 2100: neither seconds nor nanoseconds."""
    assert 1_704_067_200_000_000 < wall_now_us() < 4_102_444_800_000_000
