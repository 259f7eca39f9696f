"""The account's history in a home on disk; the engine repeats it at a start.

Every accepted act is one line, synced before it is answered. The last moment that was reported to
anyone, and the last nonce, are in a file of their own that is overwritten in place: it survives a
kill, and after a loss of the machine the last act counts.
"""

import fcntl
import os
from pathlib import Path
from typing import TypeVar

import msgspec

from nija_domain.errors import SettingsInvalid
from simulator import refusals
from simulator.acts import Act
from simulator.refusals import Refusal

Decoded = TypeVar("Decoded")

_NUMBER_DIGITS = 20


UNSAID = {"--timeframe": "5m"}
"""What homes were made with before there was a choice."""


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the home was made with: settings by their flags, and the world's fingerprint."""

    version: int = 1
    settings: dict[str, str]
    world: str


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One accepted act, the venue time at which it was carried out, and the nonce by then."""

    at_us: int
    nonce: int
    act: Act


class Chronicle:
    """An open home; it belongs to one venue at a time."""

    def __init__(self, home: Path) -> None:
        """Takes the home, or says who has it; a torn last line was never answered and goes."""
        self._home = home
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._acts = os.open(home / "acts.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            self._moment = os.open(home / "moment", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        self._lock()
        whole, _, torn = _read_all(self._acts).rpartition(b"\n")
        self._length = len(whole) + 1 if whole else 0
        if torn:
            os.ftruncate(self._acts, self._length)
        self._lines = whole.split(b"\n") if whole else []
        self.now_us, self.nonce = self._read_moment()

    def entries(self, header: Header) -> list[Entry]:
        """What was done so far, provided that the home was made with this header."""
        if not self._lines:
            self._begin(header)
            return []
        self._check(self._decode(0, Header), header)
        entries = [self._decode(index, Entry) for index in range(1, len(self._lines))]
        self.now_us = max([self.now_us, *(entry.at_us for entry in entries)])
        self.nonce = max([self.nonce, *(entry.nonce for entry in entries)])
        return entries

    def header(self) -> Header | None:
        """What the home was made with; None where it is a new one."""
        return self._decode(0, Header) if self._lines else None

    def append(self, act: Act, *, at_us: int) -> None:
        """On disk when it returns; a disk that fails makes the venue unavailable, not wrong."""
        entry = Entry(at_us=at_us, nonce=self.nonce, act=act)
        try:
            self._write(msgspec.json.encode(entry))
        except OSError as error:
            os.ftruncate(self._acts, self._length)
            raise Refusal(refusals.UNAVAILABLE) from error

    def mark(self, now_us: int, *, nonce: int) -> None:
        """No restart goes back behind this moment or takes this nonce again."""
        if (now_us, nonce) != (self.now_us, self.nonce):
            self.now_us, self.nonce = now_us, nonce
            text = f"{now_us:0{_NUMBER_DIGITS}d} {nonce:0{_NUMBER_DIGITS}d}\n"
            os.pwrite(self._moment, text.encode(), 0)

    def close(self) -> None:
        os.close(self._moment)
        os.close(self._acts)

    def _begin(self, header: Header) -> None:
        try:
            self._write(msgspec.json.encode(header))
        except OSError as error:
            os.ftruncate(self._acts, 0)
            raise self._unusable(error) from error

    def _lock(self) -> None:
        try:
            fcntl.flock(self._acts, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SettingsInvalid(
                f"another simulator uses --home {self._home}; stop it, or give another --home"
            ) from error

    def _write(self, line: bytes) -> None:
        record = line + b"\n"
        if os.write(self._acts, record) != len(record):
            raise OSError("the disk took only a part of the record")
        os.fsync(self._acts)
        self._length += len(record)

    def _read_moment(self) -> tuple[int, int]:
        text = _read_all(self._moment).decode()
        if not text:
            return 0, -1
        try:
            now_us, nonce = map(int, text.split())
        except ValueError as error:
            raise self._unreadable("moment") from error
        return now_us, nonce

    def _check(self, stored: Header, header: Header) -> None:
        for flag, given in header.settings.items():
            kept = stored.settings.get(flag, UNSAID.get(flag))
            if kept != given:
                raise SettingsInvalid(
                    f"--home {self._home} was made with {flag} {kept}, not {given};"
                    f" start with {flag} {kept}, or give another --home"
                )
        if (stored.version, stored.world) != (header.version, header.world):
            raise SettingsInvalid(
                f"--home {self._home} was made by another version of the simulator with another"
                " market; give another --home"
            )

    def _decode(self, index: int, kind: type[Decoded]) -> Decoded:
        try:
            return msgspec.json.decode(self._lines[index], type=kind)
        except msgspec.DecodeError as error:
            raise self._unreadable(f"line {index + 1} of acts.jsonl") from error

    def _unusable(self, error: OSError) -> SettingsInvalid:
        return SettingsInvalid(
            f"--home {self._home} can't be used ({error.strerror or error}); give a folder of your"
            " own with room in it"
        )

    def _unreadable(self, what: str) -> SettingsInvalid:
        return SettingsInvalid(
            f"{what} in --home {self._home} can't be read; put back a copy, or give another --home"
        )


def _read_all(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
