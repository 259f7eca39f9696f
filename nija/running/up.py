"""`nija up`: runs all services and shows a table of them."""

import fcntl
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nija.home import Home, prepare_home
from nija.reading import StatementReader
from nija.running.dagster_storage import prepare_storage
from nija.running.services import services_of
from nija.running.settings_check import read_checked
from nija.running.supervisor import Condition, Supervisor, check_ports
from nija_domain.errors import NijaError

Show = Callable[[list[Condition]], None]


def run_up(folder: Path) -> None:
    """Run until Ctrl-C or SIGTERM; a second run in the same home is refused."""
    settings, home = read_checked(), prepare_home(folder)
    with only_one(home):
        # A new home's key is drawn here: two at once would take it from each other.
        services = services_of(home, settings)
        check_ports(services)
        # Webserver and daemon would each create it at their first start, and spoil it together.
        sys.stdout.writelines(f"repaired: {line}\n" for line in prepare_storage(home))
        stopping = _stop_on_signals()
        supervisor = Supervisor(
            services,
            log_of=home.log,
            restarts_per_minute_max=settings.restarts_per_minute_max,
        )
        with _display(home) as show:
            supervisor.run(show=show, is_stopped=lambda: is_ending(stopping))
        sys.stdout.write("everything has stopped; the next `make up` resumes here\n")


@contextmanager
def only_one(home: Home) -> Iterator[None]:
    path = home.up_lock
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise NijaError(
                f"Nija already runs in {home.folder} (process {holder}); stop it, or set NIJA_HOME"
                " to another folder"
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _stop_on_signals() -> list[int]:
    """A list that gets each signal; the loop ends in its next turn."""
    received: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda got, _frame: received.append(got))
    return received


def is_ending(stopping: list[int]) -> bool:
    """Whether a signal came. Stopping takes a while, so it is announced at once."""
    if stopping:
        sys.stdout.write("stopping everything; this can take half a minute\n")
        sys.stdout.flush()
    return bool(stopping)


@contextmanager
def _display(home: Home) -> Iterator[Show]:
    """A live table on a terminal; elsewhere a line for each change."""
    from rich.live import Live

    from nija.tables.console import console
    from nija.tables.reports import services_table
    from nija_domain.statements.account import total

    terminal, reader = console(), StatementReader(home)
    if not terminal.is_terminal:
        yield _line_by_line()
        return
    with Live(console=terminal, auto_refresh=False) as live:
        yield lambda conditions: live.update(
            services_table(conditions, total(reader.look())), refresh=True
        )


def condition_line(condition: Condition) -> str:
    """A service's state and its address, or why it is not up and where its log is."""
    place = f" {condition.page}" if condition.page else ""
    if condition.last_words:
        place = f": {condition.last_words} ({condition.log})"
    return f"{condition.name}: {condition.state}{place}"


def _line_by_line() -> Show:
    shown: dict[str, tuple[str, int, str]] = {}

    def show(conditions: list[Condition]) -> None:
        for condition in conditions:
            seen = (condition.state, condition.restarts, condition.last_words)
            if shown.get(condition.name) != seen:
                shown[condition.name] = seen
                sys.stdout.write(f"{condition_line(condition)}\n")
                sys.stdout.flush()

    return show
