"""Snapshots of the executor's state beside the journal, each bound to one of its records."""

import contextlib
import hashlib
import os
from pathlib import Path

import msgspec
import structlog

from nija_adapters.journal.table import errors_named, open_read_only, read_hash
from nija_domain.errors import NijaError, PlaceUnusable
from nija_domain.trading.snapshots import Snapshot

log = structlog.get_logger("journal")

LAYOUT = "nija snapshot 1"


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`anchor` is the hash of the record; `rules` names the code whose state this is."""

    layout: str
    sequence: int
    anchor: bytes
    rules: str
    body: bytes


class JournalSnapshots:
    """`rules` names everything that a state depends on beside the records: the code and its types.

    A snapshot only saves time. Where anything about it is in doubt it is as if there were none.
    """

    def __init__(self, journal: Path, *, rules: str) -> None:
        self._journal = journal
        self._rules = rules

    def keep(self, snapshot: Snapshot) -> None:
        """Store it, durably and whole or not at all; the one before stays too."""
        with (
            errors_named(self._journal),
            contextlib.closing(open_read_only(self._journal)) as connection,
        ):
            anchor = read_hash(connection, snapshot.sequence)
        content = _File(
            layout=LAYOUT,
            sequence=snapshot.sequence,
            anchor=anchor,
            rules=self._rules,
            body=snapshot.body,
        )
        to = self._journal.with_name(f"{self._journal.name}.state-{snapshot.sequence:012}")
        try:
            _write_whole(to, _with_digest(msgspec.msgpack.encode(content)))
            self._forget_all_but(to)
        except OSError as error:
            raise PlaceUnusable(
                f"snapshot {to} cannot be written ({error.strerror}); free disk space or make its"
                " folder writable"
            ) from error

    def forget(self) -> None:
        """None may be used: the journal that they belong to is broken."""
        for file in self._files():
            file.unlink(missing_ok=True)

    def _forget_all_but(self, kept: Path) -> None:
        """A greater number belongs to a journal that was replaced by this one."""
        older = [file for file in self._files() if file.name < kept.name]
        for file in self._files():
            if file not in {kept, *older[:1]}:
                file.unlink(missing_ok=True)

    def newest(self) -> Snapshot | None:
        """The newest that fits this code and this journal; None if none does."""
        for file in self._files():
            try:
                return self._read(file)
            except (NijaError, OSError, msgspec.MsgspecError) as doubt:
                log.warning("a snapshot is not used", file=str(file), why=str(doubt))
        return None

    def _read(self, file: Path) -> Snapshot:
        content = msgspec.msgpack.decode(_checked(file.read_bytes()), type=_File)
        if content.layout != LAYOUT or content.rules != self._rules:
            raise NijaError("other code wrote it; it goes once newer ones are kept")
        with (
            errors_named(self._journal),
            contextlib.closing(open_read_only(self._journal)) as connection,
        ):
            anchor = read_hash(connection, content.sequence)
        if anchor != content.anchor:
            raise NijaError(f"record {content.sequence} of the journal is not the one it follows")
        return Snapshot(sequence=content.sequence, body=content.body)

    def _files(self) -> list[Path]:
        """Newest first."""
        return sorted(self._journal.parent.glob(f"{self._journal.name}.state-*"), reverse=True)


def _with_digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest() + content


def _checked(file: bytes) -> bytes:
    """The content, once its digest has shown that it is whole."""
    content = file[hashlib.sha256().digest_size :]
    if file != _with_digest(content):
        raise NijaError("it was changed or damaged; delete it")
    return content


def _write_whole(to: Path, content: bytes) -> None:
    # One name for all, so that what a kill leaves behind is overwritten by the next.
    unfinished = to.with_name(f"unfinished.{to.stem}")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(to)
    finally:
        unfinished.unlink(missing_ok=True)
    folder = os.open(to.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
