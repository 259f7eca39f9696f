"""Channels: the release that each one points at, and those before it."""

import re
from pathlib import Path

import msgspec

from nija_adapters.release_store.durable import folder_locked, replace_file, sync_folder
from nija_domain.errors import ReleaseInvalid

_CHANNEL = re.compile(r"[a-z][a-z0-9_-]{0,31}")


class Pointer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A release by id and fingerprint, so that no other content can replace it."""

    release_id: str
    fingerprint: str
    sequence: int


class Channels:
    """One small file per channel, replaced whole; the history grows before the pointer moves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def point(self, channel: str, *, pointer: Pointer) -> None:
        """Point the channel at this release."""
        with folder_locked(self._folder):
            previous = self.read(channel)
            if previous == pointer:
                return
            if previous is not None:
                self._remember(channel, previous)
            replace_file(self._path(channel, ending="json"), msgspec.json.encode(pointer))

    def unpoint(self, channel: str) -> None:
        """Point the channel at nothing; what it pointed at is remembered."""
        with folder_locked(self._folder):
            previous = self.read(channel)
            if previous is None:
                return
            self._remember(channel, previous)
            self._path(channel, ending="json").unlink()
            sync_folder(self._folder)

    def read(self, channel: str) -> Pointer | None:
        """The release that the channel points at; None before its first promotion."""
        path = self._path(channel, ending="json")
        return _parse(path.read_bytes(), path=path) if path.exists() else None

    def read_history(self, channel: str) -> tuple[Pointer, ...]:
        """The releases that it pointed at before, oldest first."""
        path = self._path(channel, ending="history.jsonl")
        if not path.exists():
            return ()
        return tuple(_parse(line, path=path) for line in path.read_bytes().splitlines())

    def _remember(self, channel: str, previous: Pointer) -> None:
        # After a crash between history and pointer the same promotion comes a second time.
        history = self.read_history(channel)
        if history[-1:] == (previous,):
            return
        lines = b"".join(msgspec.json.encode(each) + b"\n" for each in (*history, previous))
        replace_file(self._path(channel, ending="history.jsonl"), lines)

    def _path(self, channel: str, *, ending: str) -> Path:
        if not _CHANNEL.fullmatch(channel):
            raise ReleaseInvalid(
                f"channel {channel!r} is not a valid name; use up to 32 of a-z, 0-9, '_' and '-'"
            )
        return self._folder / f"{channel}.{ending}"


def _parse(text: bytes, *, path: Path) -> Pointer:
    try:
        return msgspec.json.decode(text, type=Pointer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ReleaseInvalid(
            f"{path} names no release ({error}); remove it and promote a release again"
        ) from error
