"""A draft has no number; with one it is the directive that the executor reads."""

import pytest

from nija_domain.errors import ReleaseInvalid
from nija_domain.releases.directive import (
    Directive,
    DirectiveDraft,
    decode_directive,
    encode_directive,
)


def test_a_draft_lives_from_its_moment_on() -> None:
    """Its number is not its own to choose."""
    draft = DirectiveDraft.lasting(
        "allocations", at_us=10, lifetime_us=5, reason="r", weights={"trend": 0.5}
    )

    assert (draft.issued_us, draft.expires_us, draft.weights) == (10, 15, {"trend": 0.5})
    assert not hasattr(draft, "number")


def test_a_numbered_draft_is_the_directive_that_is_read() -> None:
    """Every field of the draft is in it, none is added."""
    draft = DirectiveDraft.lasting(
        "universe", at_us=10, lifetime_us=5, reason="r", symbols=("BTC/USD",)
    )
    directive = draft.numbered(7)

    assert directive == Directive(
        kind="universe", number=7, issued_us=10, expires_us=15, reason="r", symbols=("BTC/USD",)
    )
    assert decode_directive(encode_directive(directive)) == directive


def test_a_draft_without_a_life_is_refused_when_it_is_read() -> None:
    """It would be over before anybody heard of it."""
    draft = DirectiveDraft.lasting("suspend", at_us=10, lifetime_us=0, reason="r")

    with pytest.raises(ReleaseInvalid, match="give it a time to live"):
        decode_directive(encode_directive(draft.numbered(1)))
