"""The directives of a channel: one signed file per number, written once."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from nija_adapters.release_store.durable import create_file, folder_locked, sync_folder
from nija_adapters.release_store.keys import SigningKey, TrustedKey
from nija_domain.errors import ReleaseInvalid
from nija_domain.releases.directive import (
    Directive,
    DirectiveDraft,
    SignedDirective,
    decode_directive,
    encode_directive,
)

DIGITS = 9
_NUMBER = re.compile(rf"[0-9]{{{DIGITS},}}")
"""Any other file in the folder, such as somebody's copy, is no directive."""

KEPT = 500


class Directives:
    """Numbers grow by one, so a reader asks only for those after the last it knows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def issue(self, draft: DirectiveDraft, *, signing_key: SigningKey) -> Directive:
        """Sign and store the directive under the next number; returns it with its number."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with folder_locked(self._folder):
            numbers = self._numbers()
            directive = draft.numbered(max(numbers, default=0) + 1)
            body = encode_directive(directive)
            decode_directive(body)
            signed = SignedDirective(body, signing_key.sign(body), signing_key.key_id)
            incoming = self._folder / f"incoming-{directive.number}"
            incoming.unlink(missing_ok=True)
            create_file(incoming, msgspec.json.encode(signed))
            incoming.rename(self._path(directive.number))
            sync_folder(self._folder)
            for number in numbers[: max(0, len(numbers) + 1 - KEPT)]:
                self._path(number).unlink()
        return directive

    def numbers_after(self, number: int) -> list[int]:
        """The numbers after this one, in order."""
        return [known for known in self._numbers() if known > number]

    def load(self, number: int, *, trusted_keys: Mapping[str, TrustedKey]) -> Directive:
        """The directive with this number; raises `ReleaseInvalid` if no trusted key signed it."""
        path = self._path(number)
        try:
            signed = msgspec.json.decode(path.read_bytes(), type=SignedDirective)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise ReleaseInvalid(f"{path} cannot be read ({error}); issue it again") from error
        key = trusted_keys.get(signed.key_id)
        if key is None or not key.is_signature(signed.signature, message=signed.body):
            raise ReleaseInvalid(f"{path} is not signed by a trusted key; issue it again")
        directive = decode_directive(signed.body)
        if directive.number != number:
            raise ReleaseInvalid(f"{path} holds directive {directive.number}; issue it again")
        return directive

    def _numbers(self) -> list[int]:
        if not self._folder.exists():
            return []
        names = (path.stem for path in self._folder.glob("[0-9]*.json"))
        return sorted(int(name) for name in names if _NUMBER.fullmatch(name))

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:0{DIGITS}d}.json"
