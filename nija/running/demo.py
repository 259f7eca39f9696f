"""`nija demo`: venue, training, executor, fills and a second training, once."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import Popen

import msgspec

from nija.bootstrap import read_settings
from nija.home import Home, prepare_home
from nija.reading import StatementReader
from nija.running.children import child, died, read_greeting, stop
from nija.running.first_training import Trained, train
from nija.running.services import VENUE_HISTORY_BARS, read_timeframe, trading_environ, venue_key
from nija_domain.errors import NijaError
from nija_domain.market.timeframes import SECOND_US, parse_timeframe_us
from nija_domain.statements.statement import Statement

POLL_S = 0.25


class DemoPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How fast venue time runs, and how long the demo waits for what."""

    seed: int = 7
    bars_a_second: float = 4.0
    closed_trades: int = 10
    trading_s_max: float = 75.0
    swap_s_max: float = 15.0

    def speed(self, timeframe: str) -> float:
        return self.bars_a_second * parse_timeframe_us(timeframe) / SECOND_US


class DemoReport(msgspec.Struct, frozen=True, kw_only=True):
    fills: int
    closed_trades: int
    open_positions: int
    first_release: str
    release: str
    release_swapped_live: bool
    feedback_rows: int
    second_training_used_feedback: bool
    policy_moved_by_feedback: bool
    journal_records: int
    station_s: dict[str, float]
    elapsed_s: float


class Stations:
    """Measures and reports the seconds of each step."""

    def __init__(self, notify: Callable[[str], None]) -> None:
        self.seconds: dict[str, float] = {}
        self._notify = notify

    @contextmanager
    def station(self, name: str) -> Iterator[None]:
        self._notify(f"{name} …")
        start = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - start, 2)
        self._notify(f"{name}: {self.seconds[name]:.1f} s")


def run_demo(folder: Path, plan: DemoPlan, *, notify: Callable[[str], None]) -> DemoReport:
    """Run it with real processes; all are ended, even after a failure."""
    started, home = time.monotonic(), prepare_home(folder)
    stations, reader = Stations(notify), StatementReader(home)
    with ExitStack() as stack:
        with stations.station("venue"):
            environ = _start_venue(stack, home, plan)
        executor_log = home.log("executor")
        executor = stack.enter_context(child("executor", environ=environ, log=executor_log))
        with stations.station("first training"):
            first = train(home, environ)
        with stations.station("trading"):
            _wait_for_trades(reader, plan, executor, executor_log)
        with stations.station("second training"):
            second = train(home, environ)
        with stations.station("release swap"):
            _wait_for_swap(reader, plan, second.release_id)
        code = stop(executor)
    if code != 0:
        raise NijaError(f"the executor ended with code {code}; read {executor_log}")
    return _report(reader.look(), first, second, stations, time.monotonic() - started)


def _start_venue(stack: ExitStack, home: Home, plan: DemoPlan) -> dict[str, str]:
    """Start the venue on a free port; returns the environment for the other processes."""
    key, log, timeframe = venue_key(home), home.log("venue"), read_timeframe()
    speed = plan.speed(timeframe)
    venue = stack.enter_context(
        child(
            "simulator",
            *("--port", "0", "--seed", str(plan.seed), "--speed", str(speed)),
            *("--timeframe", timeframe, "--symbols", ",".join(read_settings().listed_symbols)),
            *("--regime-bars", "24,72", "--history-bars", str(VENUE_HISTORY_BARS)),
            environ={
                "NIJA_VENUE_API_KEY": key.api_key,
                "NIJA_VENUE_API_SECRET": key.api_secret,
            },
            log=log,
        )
    )
    url = str(read_greeting(venue, log=log)["listening"])
    return trading_environ(home, venue_url=url, venue_speed=speed)


def _wait_for_trades(
    reader: StatementReader, plan: DemoPlan, executor: Popen[str], log: Path
) -> None:
    """Wait until enough trades have closed, or the time is over."""
    deadline = time.monotonic() + plan.trading_s_max
    while time.monotonic() < deadline:
        if executor.poll() is not None:
            raise died(executor, log=log)
        if reader.look().counts.trades >= plan.closed_trades:
            return
        time.sleep(POLL_S)
    if reader.look().counts.fills == 0:
        raise NijaError(f"no order was filled in {plan.trading_s_max:.0f} s; read {log}")


def _wait_for_swap(reader: StatementReader, plan: DemoPlan, release_id: str) -> None:
    """Wait until the executor trades the second release, or the time is over."""
    deadline = time.monotonic() + plan.swap_s_max
    while time.monotonic() < deadline:
        if reader.look().release_id == release_id:
            return
        time.sleep(POLL_S)


def _report(
    end: Statement, first: Trained, second: Trained, stations: Stations, elapsed_s: float
) -> DemoReport:
    return DemoReport(
        fills=end.counts.fills,
        closed_trades=end.counts.trades,
        open_positions=len(end.state.book.positions),
        first_release=first.release_id,
        release=second.release_id,
        release_swapped_live=end.release_id == second.release_id,
        feedback_rows=second.feedback_rows,
        second_training_used_feedback=second.feedback_trades > 0,
        policy_moved_by_feedback=second.moved_by_feedback,
        journal_records=end.sequence,
        station_s=stations.seconds,
        elapsed_s=round(elapsed_s, 1),
    )
