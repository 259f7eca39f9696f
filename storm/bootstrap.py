"""Connects the storm to the real adapters; nothing else in it names one."""

from collections.abc import Awaitable, Callable

from executor.ports import Clock, Exchange
from executor.settings import ExecutorSettings
from nija_adapters.clock.venue_clock import VenueClock
from nija_adapters.exchange.client import open_client
from nija_adapters.exchange.kraken import KrakenExchange
from nija_adapters.exchange.settings import ExchangeSettings
from storm.moments import Moments
from storm.venue import VenueSide
from storm.wire import Trouble, Wire


def exchange_over(
    side: VenueSide,
    trouble: Trouble,
    *,
    settings: ExecutorSettings,
    pause: Callable[[str], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]],
) -> Exchange:
    """The executor's own client of the venue, with a wire of the storm instead of HTTP."""
    reach = ExchangeSettings(
        api_url=settings.venue_url,
        api_key="storm",
        secret="c3Rvcm0=",  # noqa: S106 - signs requests that leave no process
        timeout_ms=settings.venue_timeout_ms,
        private_per_second=settings.requests_per_second_max,
        public_per_second=settings.requests_per_second_max,
    )
    client = open_client(reach)
    client.fetch = Wire(side, trouble, client=client, pause=pause, sleep=sleep).fetch
    return KrakenExchange(reach, client=client)


def clock_from(origin_us: int, moments: Moments) -> Clock:
    return VenueClock(origin_us, monotonic_ns=moments.monotonic_ns)
