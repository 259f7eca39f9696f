"""From a closed bar to the first order on the wire: the real session, journal and venue client.

The venue is the simulated one in a process of its own, which notes when each order begins to
arrive. The limit of the same run is one fdatasync and one private request there and back.
"""

import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any

from bench.report import Report, Row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from executor.session import Session
    from nija_adapters.exchange.kraken import KrakenExchange
    from nija_domain.events.records import JournalEvent
    from nija_domain.market.candles import CandleHistory
    from nija_domain.market.instruments import Instrument
    from nija_domain.trading.state import State

REPETITIONS = 60
WARM_UPS = 5
P50_MAX, P99_MAX = 2.5, 6.0
"""How many times the limit the middle and the slowest may take."""

MS_A_S = 1_000.0
_CASH = Decimal(1_000_000)

VENUE = """
import asyncio, sys, time
from decimal import Decimal
from itertools import pairwise
from aiohttp import web
from simulator import server
from simulator.settings import SimulatorSettings

@web.middleware
async def note(request, handler):
    if request.path.endswith("AddOrder"):
        print(time.monotonic(), flush=True)
    return await handler(request)

plain = web.Application
server.web.Application = lambda: plain(middlewares=[note])
symbols = tuple(sys.argv[1].split(","))
asyncio.run(server.serve(SimulatorSettings(
    port=0, symbols=symbols, speed=1.0, cash=Decimal(10**9))))
"""


MEMORY = """
import json, sys
import executor.bootstrap as bootstrap
import executor.turn
from nija_domain.events.chain import decode_event
from nija_domain.trading.core import advance
from nija_domain.trading.state import State
client = bootstrap.KrakenExchange(bootstrap.ExchangeSettings())
state, bodies = State(), sys.stdin.buffer.read().splitlines()
for event in map(decode_event, bodies):
    state = advance(state, event).state
with open("/proc/self/status") as lines:
    (peak_kb,) = [line.split()[1] for line in lines if line.startswith("VmHWM")]
print(json.dumps({"rss_mb": int(peak_kb) / 1024}))
"""
"""The executor's programs with its client, its release and a bar of every symbol."""

RSS_MB_MAX = 150.0


def measure() -> Report:
    return Report(bench="executor", threads=1, rows=[_case(9), _case(50)])


def _case(count: int) -> Row:
    from nija_domain.universe.symbols import DEFAULT_SYMBOLS

    more = (f"C{number:02}/USD" for number in range(count))
    symbols = (*DEFAULT_SYMBOLS, *more)[:count]
    with tempfile.TemporaryDirectory(prefix="nija-bench-") as folder, _venue(symbols) as venue:
        measured = asyncio.run(_play(Path(folder), symbols, venue))
        rss_mb = _rss_mb(symbols)
    first, gaps, limits, refused = measured
    limit_ms = median(limits)
    p50_ms, p99_ms = median(first), quantiles(first, n=100)[-1]
    return Row(
        case=f"{count} symbols",
        ours_s=p50_ms / MS_A_S,
        peer="limit: one fdatasync and one request",
        peer_s=limit_ms / MS_A_S,
        agree=p50_ms <= P50_MAX * limit_ms
        and p99_ms <= P99_MAX * limit_ms
        and rss_mb <= RSS_MB_MAX
        and not refused,
        more={
            "p50_ms": p50_ms,
            "p99_ms": p99_ms,
            "limit_ms": limit_ms,
            "p50_limits": p50_ms / limit_ms,
            "p99_limits": p99_ms / limit_ms,
            "refused": refused,
            "further_order_ms": median(gaps) if gaps else None,
            "rss_mb": rss_mb,
        },
    )


def _rss_mb(symbols: tuple[str, ...]) -> float:
    """Of a process of its own, which has nothing but what the executor has."""
    from nija_domain.events.chain import encode_event
    from tests.fakes.stages import WARM_UP_BARS, draw_candles, instrument_of

    whole = draw_candles(bars=WARM_UP_BARS + 1, seed=3, symbols=symbols)
    known = {symbol: history.cut(WARM_UP_BARS) for symbol, history in whole.items()}
    events = [*_opening(known, tuple(map(instrument_of, symbols))), *_bar(whole)]
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", MEMORY],
        input=b"\n".join(map(encode_event, events)),
        stdout=subprocess.PIPE,
        check=True,
    )
    answer: dict[str, float] = json.loads(done.stdout)
    return answer["rss_mb"]


class _Venue:
    """The simulated venue's process: its address, and when orders began to arrive."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        if process.stdout is None:
            raise ValueError("the venue's answers go nowhere; start it with stdout=PIPE")
        self._lines = process.stdout
        self.url: str = json.loads(self._lines.readline())["listening"]

    def arrivals(self, count: int) -> list[float]:
        return [float(self._lines.readline()) for _ in range(count)]


@contextmanager
def _venue(symbols: tuple[str, ...]) -> Iterator[_Venue]:
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", VENUE, ",".join(symbols)], stdout=subprocess.PIPE, text=True
    )
    try:
        yield _Venue(process)
    finally:
        process.terminate()
        process.wait()


async def _play(
    folder: Path, symbols: tuple[str, ...], venue: _Venue
) -> tuple[list[float], list[float], list[float], int]:
    """In milliseconds: to the first order, between further ones, the limit; then the refused."""
    from nija_adapters.journal.writer import JournalWriter
    from tests.fakes.venue_process import exchange_at

    first, gaps, limits, refused = list[float](), list[float](), list[float](), 0
    with JournalWriter.open(folder / "events.db") as journal:
        async with exchange_at(venue.url) as exchange:
            session, bar = await _opened(symbols, exchange, journal)
            opened = session.state
            gc.freeze()  # as the program does once it is open
            for repetition in range(WARM_UPS + REPETITIONS):
                session.state = _counting_on(opened, session.state)
                # The venue takes no order whose deadline has passed on its own clock.
                session.clock.sync(await exchange.fetch_time_us())
                begun = time.monotonic()
                await session.observe(bar)
                sent = [order for order in session.state.book.orders if order.role == "entry"]
                refused += sum(order.status == "refused" for order in sent)
                arrived = venue.arrivals(len(sent))
                await _cancel_all(exchange)
                limit_ms = await _limit_ms(exchange, folder)
                if repetition >= WARM_UPS:
                    first.append((arrived[0] - begun) * MS_A_S)
                    gaps += [(b - a) * MS_A_S for a, b in pairwise(arrived)]
                    limits.append(limit_ms)
    return first, gaps, limits, refused


async def _cancel_all(exchange: "KrakenExchange") -> None:
    """Leaves the venue as light as before: it would answer slower with each repetition."""
    from nija_domain.errors import VenueRefused
    from nija_domain.trading.reports import OrderReport

    for report in await exchange.fetch_open_orders():
        if isinstance(report, OrderReport):
            # An entry that is cancelled may take its stop along, or fill meanwhile.
            with suppress(VenueRefused):
                await exchange.cancel_order(report.venue_id)


def _counting_on(opened: "State", latest: "State") -> "State":
    """The opened state with new order ids: the venue refuses an id that it has an open order of."""
    from msgspec.structs import replace

    count = latest.book.intent_count
    return replace(opened, book=replace(opened.book, intent_count=count))


async def _limit_ms(exchange: "KrakenExchange", folder: Path) -> float:
    with (folder / "page").open("wb") as file:
        begun = time.monotonic()
        file.write(bytes(4_096))
        file.flush()
        os.fdatasync(file.fileno())
        synced = time.monotonic()
    await exchange.fetch_balances()
    return (time.monotonic() - synced + synced - begun) * MS_A_S


async def _opened(
    symbols: tuple[str, ...],
    exchange: "KrakenExchange",
    journal: Any,  # noqa: ANN401 - the port of the executor
) -> "tuple[Session, list[JournalEvent]]":
    """A session that wants to enter every symbol at the next bar, and that bar."""
    from executor.session import Session
    from executor.settings import ExecutorSettings
    from nija_domain.trading.state import State
    from tests.fakes.channels import FakeReleases
    from tests.fakes.stages import TIMEFRAME_US, WARM_UP_BARS, draw_candles
    from tests.fakes.venue import FakeClock

    whole = draw_candles(bars=WARM_UP_BARS + 1, seed=3, symbols=symbols)
    session = Session(
        State(),
        settings=ExecutorSettings(symbols=symbols),
        journal=journal,
        exchange=exchange,
        releases=FakeReleases(),
        clock=FakeClock(int(whole[symbols[0]].ts_us[-1]) + TIMEFRAME_US),
    )
    known = {symbol: history.cut(WARM_UP_BARS) for symbol, history in whole.items()}
    await session.observe(_opening(known, await exchange.fetch_instruments(symbols)))
    return session, _bar(whole)


def _opening(
    known: "Mapping[str, CandleHistory]", instruments: "tuple[Instrument, ...]"
) -> "list[JournalEvent]":
    """Four agents, one of which enters whatever is not held, and limits that let it."""
    import msgspec
    from msgspec.structs import asdict, replace

    from nija_domain.capital.limits import HardLimits
    from nija_domain.events import records as ev
    from nija_domain.releases.content import encode_content
    from nija_domain.strategies.agents import shipped_agents
    from tests.fakes.stages import content_after
    from tests.fakes.stands import CHURN

    counts = ("open_positions", "entries_per_hour", "orders_per_minute", "open_orders")
    limits = msgspec.convert({f"max_{name}": 10_000 for name in counts}, HardLimits)
    content = content_after(known, strategy=CHURN, envelope=limits)
    others = (agent for agent in shipped_agents("aggressive") if agent.name != "trend")
    text = encode_content(replace(content, agents=(*content.agents, *others)))
    at_us = content.cuts[0].ts_us
    return [
        ev.LimitsRead(at_us=at_us, content=msgspec.json.encode(limits).decode()),
        *(ev.InstrumentListed(at_us=at_us, **asdict(each)) for each in instruments),
        ev.FundsMoved(at_us=at_us, amount=_CASH, reason="starting cash"),
        ev.ReleaseActivated(at_us=at_us, release_id="bench", fingerprint="f", content=text),
    ]


def _bar(whole: "Mapping[str, CandleHistory]") -> "list[JournalEvent]":
    """The last candle of each symbol, and the close of their bar."""
    from msgspec.structs import asdict

    from nija_domain.events import records as ev
    from tests.fakes.stages import TIMEFRAME_US

    candles = [history.candle(-1) for history in whole.values()]
    ts_us = candles[0].ts_us
    at_us = ts_us + TIMEFRAME_US
    return [
        *(ev.CandleClosed(at_us=at_us, **asdict(candle)) for candle in candles),
        ev.BarClosed(at_us=at_us, ts_us=ts_us),
        ev.DecisionDue(at_us=at_us, ts_us=ts_us),
    ]
