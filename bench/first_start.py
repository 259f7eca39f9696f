"""Fresh homes that two processes open in the same moment: how many are sound afterwards.

First bare openings, which meet more often than a start of programs; then Dagster's own webserver
and daemon, with nothing to load, since they meet before they load anything.
"""

import logging
import multiprocessing
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.context import ForkProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path
from urllib.request import urlopen

import msgspec

from bench.report import Report, Row
from nija.home import Home, environment_of, prepare_home
from nija.running.dagster_storage import prepare_storage

HOMES = 50
READY_S = 90.0
DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")


def measure() -> Report:
    ways = {"two openings": race_for_homes, "webserver and daemon": start_homes}
    rows = [
        _row(case, bare=count(HOMES, prepared=False), prepared=count(HOMES, prepared=True))
        for case, count in ways.items()
    ]
    return Report(bench="first_start", threads=2, rows=rows)


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    homes: int
    broken: int
    first_fault: str
    home_s: float


def race_for_homes(homes: int, *, prepared: bool) -> Broken:
    """Two processes that have loaded Dagster already open each home at the same moment."""
    return _count(homes, prepared=prepared, try_home=_race)


def start_homes(homes: int, *, prepared: bool) -> Broken:
    return _count(homes, prepared=prepared, try_home=_start)


def _row(case: str, *, bare: Broken, prepared: Broken) -> Row:
    """Seconds a home; `agree` is whether every prepared home is sound."""
    return Row(
        case=case,
        ours_s=prepared.home_s,
        peer="not prepared",
        peer_s=bare.home_s,
        agree=prepared.broken == 0,
        more={
            "homes": prepared.homes,
            "broken": prepared.broken,
            "first_fault": prepared.first_fault,
            "peer_broken": bare.broken,
            "peer_first_fault": bare.first_fault,
        },
    )


def _count(homes: int, *, prepared: bool, try_home: Callable[[Home, bool], str]) -> Broken:
    """Each home is a new one; the first sentence of what broke is kept."""
    start, faults = time.perf_counter(), []
    for _ in range(homes):
        with tempfile.TemporaryDirectory(prefix="nija-first-", ignore_cleanup_errors=True) as place:
            fault = try_home(prepare_home(Path(place)), prepared)
        faults += [fault] if fault else []
    return Broken(
        homes=homes,
        broken=len(faults),
        first_fault=faults[0] if faults else "",
        home_s=(time.perf_counter() - start) / homes,
    )


def _race(home: Home, prepared: bool) -> str:  # noqa: FBT001 - one of two ways, not a switch
    import dagster  # noqa: F401 - before the fork, so that both arrive at once

    context = multiprocessing.get_context("fork")
    gate = context.Barrier(2)
    racers = [context.Process(target=_open, args=(home, gate, prepared)) for _ in range(2)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return _fault_of(home) or ("one of them failed" if prepared and _failed(racers) else "")


def _open(home: Home, gate: Barrier, prepared: bool) -> None:  # noqa: FBT001
    import dagster as dg

    from nija_pipelines.instance import storage

    logging.disable(logging.CRITICAL)
    gate.wait()
    if prepared:
        storage.prepare_storage(home)
    with (
        suppress(*(() if prepared else (Exception,))),
        dg.DagsterInstance.from_config(str(home.dagster)) as instance,
    ):
        instance.get_runs(limit=1)


def _failed(racers: list[ForkProcess]) -> bool:
    return any(racer.exitcode for racer in racers)


def _start(home: Home, prepared: bool) -> str:  # noqa: FBT001
    """What is wrong once both have started, in one line; nothing where all is well."""
    if prepared:
        prepare_storage(home)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    address = ("-h", "127.0.0.1", "-p", str(port))
    with (
        _started(home, "dagster-webserver", "--empty-workspace", *address) as webserver,
        _started(home, "dagster-daemon", "run", "--empty-workspace") as daemon,
    ):
        fault = _wait_for_both(home, port, {"webserver": webserver, "daemon": daemon})
    return fault or _fault_of(home)


def _fault_of(home: Home) -> str:
    return ", ".join(filter(None, (_heads(home.dagster / name) for name in DATABASES)))


@contextmanager
def _started(home: Home, script: str, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [str(Path(sys.executable).with_name(script)), *arguments]
    with home.log(script).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - Dagster's own programs
            command, env={**os.environ, **environment_of(home)}, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        process.wait()


def _wait_for_both(home: Home, port: int, processes: dict[str, "subprocess.Popen[bytes]"]) -> str:
    give_up_at = time.monotonic() + READY_S
    while time.monotonic() < give_up_at:
        for name, process in processes.items():
            if process.poll() is not None:
                return f"{name} ended: {_last_line(home.log(f'dagster-{name}'))}"
        if _answers(port) and _beats(home):
            return ""
        time.sleep(0.2)
    return f"not up after {READY_S:.0f} s"


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text().splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def _answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/server_info", timeout=1.0):
            return True
    except OSError:
        return False


def _beats(home: Home) -> bool:
    """Whether the daemon has written that it lives."""
    return bool(_ask(home.dagster / DATABASES[0], "SELECT count(*) FROM daemon_heartbeats"))


def _heads(database: Path) -> str:
    heads = _ask(database, "SELECT count(*) FROM alembic_version")
    return "" if heads == 1 else f"{database.name} has {heads} heads"


def _ask(database: Path, question: str) -> int:
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=5.0)
    except sqlite3.Error:
        return 0
    try:
        return int(connection.execute(question).fetchone()[0])
    except sqlite3.Error:
        return 0
    finally:
        connection.close()
