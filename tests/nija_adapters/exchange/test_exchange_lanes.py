import asyncio
from itertools import pairwise

import pytest

from nija_adapters.exchange import lanes
from nija_adapters.exchange.lanes import Lane
from nija_domain.errors import VenueUnreachable


def test_orders_overtake_waiting_questions() -> None:
    """What was on its way goes on; of those that wait, the urgent goes first."""

    async def talk() -> list[str]:
        lane, done = Lane(per_second=1_000.0, width=1), []

        async def ask(name: str, *, urgent: bool = False) -> None:
            async with lane.turn(urgent=urgent):
                await asyncio.sleep(0)
                done.append(name)

        await asyncio.gather(ask("a"), ask("b"), ask("c"), ask("order", urgent=True))
        return done

    assert asyncio.run(talk()) == ["a", "order", "b", "c"]


def test_no_more_are_on_their_way_than_the_lane_is_wide() -> None:
    """Counted while they overlap."""

    async def talk() -> int:
        lane, on_way, most = Lane(per_second=10_000.0, width=3), 0, 0

        async def ask() -> None:
            nonlocal on_way, most
            async with lane.turn(urgent=False):
                on_way += 1
                most = max(most, on_way)
                await asyncio.sleep(0.005)
                on_way -= 1

        await asyncio.gather(*(ask() for _ in range(12)))
        return most

    assert asyncio.run(talk()) == 3


def test_turns_keep_their_distance() -> None:
    """No two begin closer than the rate allows, by the loop's own clock."""

    async def talk() -> list[float]:
        lane, begun = Lane(per_second=100.0, width=10), []

        async def ask() -> None:
            async with lane.turn(urgent=False):
                begun.append(asyncio.get_running_loop().time())

        await asyncio.gather(*(ask() for _ in range(6)))
        return begun

    begun = asyncio.run(talk())

    assert min(b - a for a, b in pairwise(begun)) > 0.009


def test_who_gives_up_waiting_or_fails_leaves_the_lane_to_the_next() -> None:
    """A cancelled request and a raised error both free their place."""

    async def talk() -> bool:
        lane = Lane(per_second=1_000.0, width=1)

        async def ask(error: Exception | None = None) -> bool:
            async with lane.turn(urgent=False):
                await asyncio.sleep(0.01)
                if error:
                    raise error
            return True

        first = asyncio.create_task(ask(ValueError("odd")))
        second = asyncio.create_task(ask())
        third = asyncio.create_task(ask())
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(ValueError, match="odd"):
            await first
        return await third

    assert asyncio.run(talk())


def test_a_queue_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A venue that hangs must not eat the memory of who waits for it."""
    monkeypatch.setattr(lanes, "WAITING_MAX", 2)

    async def talk() -> int:
        lane = Lane(per_second=1_000.0, width=1)

        async def ask() -> None:
            async with lane.turn(urgent=False):
                await asyncio.sleep(0.005)

        results = await asyncio.gather(*(ask() for _ in range(5)), return_exceptions=True)
        return sum(isinstance(result, VenueUnreachable) for result in results)

    assert asyncio.run(talk()) == 2
