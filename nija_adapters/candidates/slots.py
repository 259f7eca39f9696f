"""Three slots, one file each, changed under a lock; a crash leaves no half-written file."""

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from nija_domain.errors import NijaError, ProposalInvalid
from nija_domain.evolution.candidate import OPEN_CANDIDATES_MAX, Candidate

SLOTS = range(1, OPEN_CANDIDATES_MAX + 1)


class CandidateSlots:
    """The slots of one folder. No file is kept open between calls."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read_open(self) -> dict[int, Candidate]:
        """The candidates by slot; none if the folder does not exist."""
        return {slot: self._read(slot) for slot in SLOTS if self._path(slot).exists()}

    def open_slot(self, candidate: Candidate) -> int:
        """Put the candidate into a free slot; returns the slot. One that has a slot keeps it."""
        with self._locked():
            taken = self.read_open()
            for slot, other in taken.items():
                if other.number == candidate.number:
                    return slot
            free = [slot for slot in SLOTS if slot not in taken]
            if not free:
                raise ProposalInvalid(
                    f"all {len(taken)} slots in {self._folder} are taken; close a candidate first"
                )
            _replace_file(self._path(free[0]), msgspec.json.encode(candidate))
            return free[0]

    def close_slot(self, slot: int) -> Candidate:
        """Free the slot; returns the candidate that was in it."""
        with self._locked():
            if slot not in SLOTS or not self._path(slot).exists():
                raise ProposalInvalid(
                    f"slot {slot} of {self._folder} is empty; choose a slot with a candidate"
                )
            closed = self._read(slot)
            self._path(slot).unlink()
            _sync_folder(self._folder)
            return closed

    def _read(self, slot: int) -> Candidate:
        path = self._path(slot)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Candidate)
        except msgspec.MsgspecError as error:
            raise ProposalInvalid(
                f"{path} is not a candidate of this version ({error}); move it away to free"
                " the slot"
            ) from error

    def _path(self, slot: int) -> Path:
        return self._folder / f"slot-{slot}.json"

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)
        except OSError as error:
            raise NijaError(
                f"{error.filename or self._folder}: {error.strerror};"
                " free disk space or make the folder writable, then try again"
            ) from error


def _replace_file(path: Path, content: bytes) -> None:
    """The file holds the old content or the new, never a part, and the new one is durable."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
