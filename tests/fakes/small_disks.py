"""A folder that is a disk of its own: small enough to fill, and it can turn read-only.

It is mounted in a namespace of its own, so that no right beyond a user's is needed and nothing is
left behind; what runs on it is started inside, what looks at it comes through the holder.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nija_domain.events.chain import decode_event
from nija_domain.events.records import JournalEvent
from tests.fakes.programs import ROOT, WAIT_S

ENTER = ("-U", "-m", "--preserve-credentials", f"--wd={ROOT}")
TELL = (
    "import sys\nfrom pathlib import Path\nfrom nija_domain.events.chain import encode_event\n"
    "from tests.fakes.programs import journal_of\n"
    "for event in journal_of(Path(sys.argv[1])):\n    print(encode_event(event).decode())\n"
)
"""SQLite follows links by itself and would leave the namespace: the journal is read inside."""

HOLD = 'mount -t tmpfs -o size="$2" tmpfs "$1" && echo mounted && exec sleep 600'


def can_mount() -> bool:
    if not shutil.which("unshare") or not shutil.which("nsenter"):
        return False
    tried = subprocess.run(
        ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/tmp"],  # noqa: S108 - its own /tmp
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


class SmallDisk:
    def __init__(self, folder: Path, holder_pid: int) -> None:
        self.folder = folder
        self.seen = Path(f"/proc/{holder_pid}/root{folder}")
        self._enter = ["nsenter", "-t", str(holder_pid), *ENTER]

    def fill(self, *, leaving_bytes: int) -> Path:
        """Ballast up to so many free bytes; unlink it to free the space."""
        ballast = self.seen / "ballast"
        free = shutil.disk_usage(self.seen).free
        ballast.write_bytes(b"\0" * (free - leaving_bytes))
        return ballast

    def remount(self, rights: str) -> None:
        """`ro` or `rw`."""
        command = ["mount", "-o", f"remount,{rights}", str(self.folder)]
        subprocess.run([*self._enter, *command], check=True)

    def journal(self) -> list[JournalEvent]:
        found = subprocess.run(
            [*self._enter, sys.executable, "-c", TELL, str(self.folder)],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        return [decode_event(line) for line in found.stdout.splitlines()]

    def wait_for(self, is_there: Callable[[list[JournalEvent]], bool]) -> list[JournalEvent]:
        """The journal as soon as it says so; a bounded wait, no measure of speed."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            events = self.journal()
            if is_there(events):
                return events
        raise AssertionError(f"the journal never said so; it holds {len(events)} records")

    @contextmanager
    def program(
        self, module: str, *arguments: str, environ: Mapping[str, str]
    ) -> Iterator["subprocess.Popen[str]"]:
        process = subprocess.Popen(
            [*self._enter, sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


@contextmanager
def small_disk(folder: Path, *, size: str) -> Iterator[SmallDisk]:
    folder.mkdir()
    holder = subprocess.Popen(
        ["unshare", "-Urm", "sh", "-c", HOLD, "sh", str(folder), size],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "mounted\n"
        yield SmallDisk(folder, holder.pid)
    finally:
        holder.kill()
        holder.wait()
