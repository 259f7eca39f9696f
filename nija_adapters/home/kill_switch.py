"""The kill switch: a file whose mere existence is the order, so that any program can give it."""

import os
from pathlib import Path

import structlog

from nija_domain.errors import PlaceUnusable

log = structlog.get_logger("kill")

REASON_CHARACTERS_MAX = 500
NO_REASON = "no reason was given"


class KillSwitch:
    """Armed while the file exists, whatever is in it; disarmed only by a file that says so."""

    def __init__(self, path: Path, disarm: Path) -> None:
        self._path = path
        self._disarm = disarm
        self._signalled: str | None = None

    def reason(self) -> str | None:
        """Why trading was killed; None while it was not."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        except (FileNotFoundError, NotADirectoryError):
            return self._signalled
        except OSError as error:
            return f"the kill file cannot be read ({error.strerror})"
        try:
            content = os.read(descriptor, REASON_CHARACTERS_MAX)
        except OSError as error:
            return f"the kill file cannot be read ({error.strerror})"
        finally:
            os.close(descriptor)
        return content.decode(errors="replace").strip() or NO_REASON

    def signal(self, reason: str) -> None:
        """Kill from within the executor: it holds even if no file can be written."""
        self._signalled = reason
        try:
            self.arm(reason)
        except PlaceUnusable:
            log.exception("the kill file cannot be written; the order is in force all the same")

    def arm(self, reason: str) -> None:
        """Write the file; one that is there already stays as it is."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._disarm.unlink(missing_ok=True)
            with self._path.open("x", encoding="utf-8") as file:
                file.write(f"{reason}\n")
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError as error:
            if self._path.exists():
                return
            raise self._unusable(error) from error
        except OSError as error:
            raise self._unusable(error) from error

    def disarm(self) -> bool:
        """A person ends the kill. Whether it was armed by the file."""
        was_armed = self._path.exists()
        if self._disarm.parent.is_dir():
            self._disarm.touch()
        self._path.unlink(missing_ok=True)
        return was_armed

    def is_disarmed(self) -> bool:
        """Whether a person ended the kill, and nobody killed again."""
        return self._disarm.exists() and not self._path.exists()

    def forget(self) -> None:
        """The disarming was taken: the next kill begins anew."""
        self._signalled = None
        self._disarm.unlink(missing_ok=True)

    def _unusable(self, error: OSError) -> PlaceUnusable:
        return PlaceUnusable(
            f"the kill file {self._path} cannot be written ({error.strerror}); make any file of"
            " this name, or send SIGUSR1 to the executor"
        )
