"""Writes that are complete or absent after a crash, and reads that follow no link."""

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from nija_domain.errors import NijaError, ReleaseInvalid


@contextlib.contextmanager
def folder_locked(folder: Path) -> Iterator[None]:
    """Create and lock the folder; a failure names it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
    except OSError as error:
        raise NijaError(
            f"{error.filename or folder}: {error.strerror};"
            " free disk space or make the folder writable, then try again"
        ) from error


def replace_file(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace the file durably: after a crash it has the old content or the new, never a part."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            _write_synced(file.fileno(), content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def create_file(path: Path, content: bytes) -> None:
    """Create a file; it is durable once its folder is synced too."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    try:
        _write_synced(descriptor, content)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in this folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_plain_file(path: Path, *, size_max: int) -> bytes:
    """The content of a regular file of limited size; links, pipes and folders are refused."""
    # Without NONBLOCK a pipe in the file's place would hold the reader for ever.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise ReleaseInvalid(
            f"{path} is missing, a link or not readable ({error.strerror});"
            " publish the release again"
        ) from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ReleaseInvalid(f"{path} is not a plain file; publish the release again")
        if status.st_size > size_max:
            raise ReleaseInvalid(
                f"{path} has {status.st_size} bytes and {size_max} are allowed;"
                " publish a smaller release"
            )
        return file.read(size_max)


def _write_synced(descriptor: int, content: bytes) -> None:
    written = 0
    while written < len(content):
        written += os.write(descriptor, content[written:])
    os.fsync(descriptor)
