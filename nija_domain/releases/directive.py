"""What can change between two releases: universe, allocations, who forbids entries, approvals.

A directive is signed, numbered and expires. It can only narrow the release: an unknown symbol or a
weight above one changes nothing. Its end does not widen anything either:
`nija_domain/safety/restrictions.py` says what stays in force. `kill` alone does not expire.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from nija_domain.errors import ReleaseInvalid
from nija_domain.events.capital_records import Approval

Kind = Literal[
    "universe",
    "allocations",
    "symbol_weights",
    "reduce_only",
    "suspend",
    "resume",
    "kill",
    "reopen",
    "undo",
    "lift",
    "limits",
]
ONCE: dict[str, Approval] = {
    "reopen": "reopen",
    "undo": "undo",
    "lift": "lift",
    "limits": "limits",
}
"""What a person approves of once; it holds no slot."""

Authority = Literal["person", "guardian", "data", "release", "ethics", "limits"]
"""Who forbids something."""

Weight = Annotated[float, Meta(ge=0.0, le=1.0)]


class Directive(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`symbols` is for a universe; `weights`, by agent or symbol, for allocations.

    `subject` is the halt that is lifted, or the fingerprint of the limits that are approved.
    """

    kind: Kind
    number: Annotated[int, Meta(ge=1)]
    issued_us: int
    expires_us: int
    reason: str
    symbols: tuple[str, ...] = ()
    weights: dict[str, Weight] = {}
    authority: Authority | None = None
    subject: str = ""

    @property
    def given_by(self) -> Authority:
        """Older ones do not tell it: of them, only checks of data said reduce-only."""
        return self.authority or ("data" if self.kind == "reduce_only" else "person")

    def is_expired(self, at_us: int) -> bool:
        return at_us >= self.expires_us


class DirectiveDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A directive without a number; the channel's store gives it one."""

    kind: Kind
    issued_us: int
    expires_us: int
    reason: str
    symbols: tuple[str, ...] = ()
    weights: dict[str, float] = {}
    authority: Authority | None = None
    subject: str = ""

    @classmethod
    def lasting(  # noqa: PLR0913 - each is a field of the directive
        cls,
        kind: Kind,
        *,
        at_us: int,
        lifetime_us: int,
        reason: str,
        symbols: tuple[str, ...] = (),
        weights: Mapping[str, float] | None = None,
        authority: Authority | None = None,
        subject: str = "",
    ) -> "DirectiveDraft":
        return cls(
            kind=kind,
            issued_us=at_us,
            expires_us=at_us + lifetime_us,
            reason=reason,
            symbols=symbols,
            weights=dict(weights or {}),
            authority=authority,
            subject=subject,
        )

    def numbered(self, number: int) -> Directive:
        return Directive(number=number, **msgspec.structs.asdict(self))


class SignedDirective(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A directive's bytes with their signature."""

    body: bytes
    signature: bytes
    key_id: str


_encoder = msgspec.json.Encoder(order="deterministic")


def encode_directive(directive: Directive) -> bytes:
    return _encoder.encode(directive)


def decode_directive(body: bytes | str) -> Directive:
    """The directive; raises `ReleaseInvalid` if fields do not fit its kind or its times."""
    try:
        directive = msgspec.json.decode(body, type=Directive)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ReleaseInvalid(f"a directive cannot be read: {error}; issue it again") from error
    if directive.expires_us <= directive.issued_us:
        raise ReleaseInvalid(
            f"directive {directive.number} expires before it is issued; give it a time to live"
        )
    needs = {
        "universe": bool(directive.symbols),
        "allocations": bool(directive.weights),
        "symbol_weights": bool(directive.weights),
        "lift": bool(directive.subject),
        "limits": bool(directive.subject),
    }
    if not needs.get(directive.kind, True):
        raise ReleaseInvalid(
            f"directive {directive.number} of kind {directive.kind} is empty;"
            " give it symbols, weights or a subject"
        )
    return directive
