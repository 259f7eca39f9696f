"""Appends to the ledger and reads it, under the file's own lock."""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from nija_domain.errors import EventInvalid, JournalBroken, NijaError
from nija_domain.events.chain import Link, follow_chain, link_all
from nija_domain.events.ledger import (
    LEDGER_GENESIS_HASH,
    LedgerEntry,
    decode_entry,
    encode_entry,
)

_BLOCK_BYTES = 65_536
_REMEDY = "restore it from a copy, or move it away to start a new ledger"


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row as text; the body keeps its exact bytes, because the hash covers them."""

    sequence: int
    hash: str
    body: msgspec.Raw


class Ledger:
    """The ledger file. It is not kept open between calls."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, entries: Sequence[LedgerEntry]) -> int:
        """Write the entries durably after those of others; returns the last number."""
        with self._errors_named(), self._locked() as file:
            _repair_tail(file, torn_path=self._path.with_name(self._path.name + ".torn"))
            last = _last_link(file)
            links = link_all(map(encode_entry, entries), previous=last, genesis=LEDGER_GENESIS_HASH)
            if links:
                _write_whole(file, b"".join(map(_line_of, links)))
                last = links[-1]
        return last.sequence if last else 0

    def read(self, after_sequence: int = 0) -> Iterator[tuple[int, LedgerEntry]]:
        """The entries after this number, with the whole chain checked; none without a file."""
        if not self._path.exists():
            return
        with self._errors_named():
            rows = map(_link_of, self._lines())
            for link in follow_chain(rows, genesis=LEDGER_GENESIS_HASH):
                if link.sequence > after_sequence:
                    yield link.sequence, decode_entry(link.body)

    def _lines(self) -> list[bytes]:
        # One look under a shared lock: a tail that is being repaired is never half seen.
        with self._path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            content = file.read()
        *lines, tail = content.split(b"\n")
        return [*lines, tail] if _whole_row(tail) else lines

    @contextlib.contextmanager
    def _locked(self) -> Iterator[int]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self._path.exists()
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if is_new:
                _sync_folder(self._path.parent)
            yield file
        finally:
            os.close(file)

    @contextlib.contextmanager
    def _errors_named(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise NijaError(
                f"ledger {self._path}: {error.strerror};"
                " free disk space or make its folder writable, then try again"
            ) from error
        except (JournalBroken, EventInvalid) as error:
            raise type(error)(f"ledger {self._path}: {error}") from error


def _line_of(link: Link) -> bytes:
    line = _Line(link.sequence, link.hash.hex(), msgspec.Raw(link.body))
    return msgspec.json.encode(line) + b"\n"


def _link_of(line: bytes) -> Link:
    try:
        row = msgspec.json.decode(line, type=_Line)
        return Link(row.sequence, bytes(row.body), bytes.fromhex(row.hash))
    except (msgspec.MsgspecError, ValueError) as error:
        raise JournalBroken(f"a line is not a record ({error}); {_REMEDY}") from error


def _whole_row(tail: bytes) -> bytes:
    """The row that lacks only its newline; nothing where a killed writer left a part of one."""
    if _is_row(tail[:-1]):
        raise JournalBroken(f"the newline after the last record was changed; {_REMEDY}")
    return tail if _is_row(tail) else b""


def _is_row(line: bytes) -> bool:
    try:
        _link_of(line)
    except JournalBroken:
        return False
    return True


def _repair_tail(file: int, *, torn_path: Path) -> None:
    """The file ends with a whole line: what a killed writer left behind is set aside."""
    tail = _tail_after_newline(file)
    if not tail:
        return
    if _whole_row(tail):
        _write_whole(file, b"\n")
        return
    _set_aside(tail, torn_path=torn_path)
    os.ftruncate(file, os.fstat(file).st_size - len(tail))
    os.fsync(file)


def _set_aside(tail: bytes, *, torn_path: Path) -> None:
    with torn_path.open("ab") as torn:
        torn.write(tail + b"\n")
        torn.flush()
        os.fsync(torn.fileno())


def _last_link(file: int) -> Link | None:
    size = os.fstat(file).st_size
    if size == 0:
        return None
    return _link_of(_bytes_after_newline(file, end=size - 1))


def _tail_after_newline(file: int) -> bytes:
    return _bytes_after_newline(file, end=os.fstat(file).st_size)


def _bytes_after_newline(file: int, *, end: int) -> bytes:
    """What stands between the last newline before `end` and `end`."""
    found = b""
    while end > 0 and b"\n" not in found:
        start = max(0, end - _BLOCK_BYTES)
        found = os.pread(file, end - start, start) + found
        end = start
    return found[found.rfind(b"\n") + 1 :]


def _write_whole(file: int, lines: bytes) -> None:
    """All of the lines are durable, or the file is as long as before."""
    size = os.fstat(file).st_size
    try:
        written = 0
        while written < len(lines):
            written += os.write(file, lines[written:])
        os.fsync(file)
    except OSError:
        os.ftruncate(file, size)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
