"""A file beside the journal that continues its chain while the journal cannot be written."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from nija_domain.errors import JournalBroken
from nija_domain.events.chain import Link, follow_chain


def side_path(journal: Path) -> Path:
    return journal.with_name(f"{journal.name}.emergency")


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row as text; the body keeps its exact bytes, because the hash covers them."""

    sequence: int
    hash: str
    body: msgspec.Raw


class SideFile:
    """One record a line. What `append` has returned from survives a crash; nobody else writes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, links: Sequence[Link]) -> None:
        """Write all of them durably or none; raises `OSError`."""
        is_new = not self.path.exists()
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            size = os.fstat(file).st_size
            try:
                _write_all(file, b"".join(map(_line_of, links)))
                os.fsync(file)
            except BaseException:
                # Half a line in the middle would hide everything after it.
                os.ftruncate(file, size)
                raise
        finally:
            os.close(file)
        if is_new:
            self._sync_folder()

    def replace(self, links: Sequence[Link]) -> None:
        """These are the whole content from now on; a crash leaves the old one or the new one."""
        unfinished = SideFile(self.path.with_name(f"unfinished.{self.path.name}"))
        unfinished.path.unlink(missing_ok=True)
        unfinished.append(links)
        unfinished.path.rename(self.path)
        self._sync_folder()

    def read(self) -> tuple[Link, ...]:
        """Every record that was written whole; a last line that was cut short never counted."""
        try:
            *lines, _ = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return ()
        try:
            links = tuple(map(_link_of, lines))
            return (*links[:1], *follow_chain(links[1:], previous=links[0])) if links else ()
        except JournalBroken as error:
            raise JournalBroken(
                f"{self.path} is damaged ({error}); it holds what a kill did while the journal"
                " could not be written: restore it, or move it away and compare with the venue"
            ) from error

    def forget(self) -> None:
        """The journal holds all of it."""
        self.path.unlink(missing_ok=True)
        self._sync_folder()

    def _sync_folder(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _write_all(file: int, content: bytes) -> None:
    written = 0
    while written < len(content):
        written += os.write(file, content[written:])


def _line_of(link: Link) -> bytes:
    line = _Line(link.sequence, link.hash.hex(), msgspec.Raw(link.body))
    return msgspec.json.encode(line) + b"\n"


def _link_of(line: bytes) -> Link:
    try:
        row = msgspec.json.decode(line, type=_Line)
        return Link(row.sequence, bytes(row.body), bytes.fromhex(row.hash))
    except (msgspec.MsgspecError, ValueError) as error:
        raise JournalBroken(f"a line is no record: {error}") from error
