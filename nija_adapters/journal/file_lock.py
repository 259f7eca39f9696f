"""The lock that keeps a second executor away from a journal."""

import fcntl
import os
from pathlib import Path

from nija_domain.errors import JournalHeld, NijaError


def take_lock(path: Path) -> int:
    """The descriptor that holds the lock; closing it, or the end of the process, frees it."""
    lock_path = path.with_name(path.name + ".lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock_fd = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise NijaError(
            f"journal {path} cannot be opened ({error.strerror});"
            " make its folder writable or set another path"
        ) from error
    try:
        fcntl.flock(lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(lock_fd, 0)
        os.pwrite(lock_fd, str(os.getpid()).encode(), 0)
    except BlockingIOError as error:
        holder = os.pread(lock_fd, 20, 0).decode("ascii", "replace") or "unknown"
        os.close(lock_fd)
        raise JournalHeld(
            f"journal {path} is written by process {holder};"
            " stop that process first, or set another path"
        ) from error
    except OSError as error:
        os.close(lock_fd)
        raise NijaError(
            f"journal {path}: its lock cannot be written ({error.strerror}); free disk space"
        ) from error
    return lock_fd
