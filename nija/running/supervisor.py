"""Starts services, checks that they answer, restarts them, and stops them in order."""

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import msgspec

from nija.home import ROOT
from nija.running.last_words import last_words, read_tail
from nija.running.services import Service
from nija_domain.errors import NijaError

STOP_WAIT_S = 15.0
PROBE_TIMEOUT_S = 1.0
PROBE_PAUSE_S = 1.0
TURN_S = 0.25
MINUTE_S = 60.0
LATE_S = 90.0
"""A service that is not up by then is asked for its last words although it lives."""


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one service; `last_words` are why it died, until it is up again."""

    name: str
    state: str
    pid: int | None
    restarts: int
    up_s: float
    page: str | None
    log: Path
    last_words: str = ""


class Keeper:
    """One service's process, with its recent starts."""

    def __init__(self, service: Service, *, log: Path, restarts_per_minute_max: int) -> None:
        self.service = service
        self._log = log
        self._starts: deque[float] = deque(maxlen=restarts_per_minute_max)
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ready = False
        self._probed_at = 0.0
        self._started_at = 0.0
        self._log_start = 0
        self._last_words = ""
        self.restarts = -1

    def keep(self, now: float) -> None:
        """Check once: start it if it is not running, unless it died too often."""
        if self._process is None:
            self._start(now)
        elif (code := self._process.poll()) is not None:
            self._is_ready = False
            self._last_words = _words_of(code, last_words(self._said()))
            self._start(now)
        elif not self._is_ready and now - self._probed_at >= PROBE_PAUSE_S:
            self._probed_at = now
            self._is_ready = self._is_up()
            self._last_words = "" if self._is_ready else self._last_words

    def end(self) -> None:
        """Stop it and its children; what does not stop in time is killed."""
        process = self._process
        if process is None:
            return
        give_up_at = time.monotonic() + STOP_WAIT_S
        if process.poll() is None:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_WAIT_S)
        _signal_group(process.pid, signal.SIGTERM)
        while _signal_group(process.pid, 0) and time.monotonic() < give_up_at:
            time.sleep(TURN_S)
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()

    def _is_up(self) -> bool:
        """It answers, or its log says so; a service with neither is up while it lives."""
        if self.service.ready_words:
            return self.service.ready_words in self._said()
        return answers(self.service)

    def _said(self) -> str:
        return read_tail(self._log, since_byte=self._log_start)

    def _why_not_up(self, now: float) -> str:
        """Why it died, or the last line of its log while it does not come up."""
        if self._is_ready:
            return ""
        if self._last_words or now - self._started_at < LATE_S:
            return self._last_words
        return f"not ready yet: {last_words(self._said()) or 'its log is empty'}"

    def condition(self, now: float) -> Condition:
        is_running = self._process is not None and self._process.poll() is None
        state = ("up" if self._is_ready else "starting") if is_running else "waiting to restart"
        return Condition(
            name=self.service.name,
            state=state,
            pid=self._process.pid if self._process and is_running else None,
            restarts=max(self.restarts, 0),
            up_s=now - self._started_at if is_running else 0.0,
            page=self.service.url(self.service.page) if self.service.page else None,
            log=self._log,
            last_words=self._why_not_up(now),
        )

    def _start(self, now: float) -> None:
        is_full = len(self._starts) == self._starts.maxlen
        if is_full and now - self._starts[0] < MINUTE_S:
            return
        self._sweep()
        self._starts.append(now)
        self.restarts += 1
        self._started_at, self._is_ready = now, False
        with self._log.open("ab") as log:
            self._log_start = log.tell()
            # A session of its own: Ctrl-C reaches us alone, and we end them in order.
            self._process = subprocess.Popen(  # noqa: S603 - our own services
                self.service.command,
                cwd=ROOT,
                env={**os.environ, **self.service.environ},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _sweep(self) -> None:
        """Kill the children of a killed process, which would keep its port in use."""
        if self._process is not None:
            _signal_group(self._process.pid, signal.SIGKILL)


def _words_of(code: int, said: str) -> str:
    """Why a process ended: the signal, its last words, or its exit code."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return said or f"ended with code {code}, without a message"


def _signal_group(group: int, number: int) -> bool:
    """Send a signal to the process group; whether anybody was left to receive it."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


class Supervisor:
    """All services of one home; none is left running at the end."""

    def __init__(
        self,
        services: tuple[Service, ...],
        *,
        log_of: Callable[[str], Path],
        restarts_per_minute_max: int,
    ) -> None:
        self._keepers = [
            Keeper(
                service,
                log=log_of(service.name),
                restarts_per_minute_max=restarts_per_minute_max,
            )
            for service in services
        ]

    def run(
        self, *, show: Callable[[list[Condition]], None], is_stopped: Callable[[], bool]
    ) -> None:
        """Run until told to stop, then stop every service, whatever happens."""
        try:
            while not is_stopped():
                now = time.monotonic()
                for keeper in self._keepers:
                    keeper.keep(now)
                show([keeper.condition(now) for keeper in self._keepers])
                time.sleep(TURN_S)
        finally:
            for keeper in reversed(self._keepers):
                keeper.end()


def check_ports(services: tuple[Service, ...]) -> None:
    """Raises for a port that is in use, with its setting, before anything starts."""
    import socket

    for service in services:
        if service.port is None:
            continue
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                door.bind(("127.0.0.1", service.port))
            except OSError as error:
                raise NijaError(
                    f"port {service.port} for {service.name} is in use; stop the program that uses"
                    f" it, or set {service.port_setting} in [up] of config/nija.toml"
                ) from error


def answers(service: Service) -> bool:
    if service.probe is None:
        return True
    try:
        with urlopen(service.url(service.probe), timeout=PROBE_TIMEOUT_S) as answer:  # noqa: S310
            return bool(answer.status < 500)  # noqa: PLR2004
    except (URLError, OSError):
        return False
