"""Directives are numbered, signed, read in order, and refused when one byte differs."""

import threading
from pathlib import Path

import msgspec
import pytest

from nija_adapters.release_store.directives import Directives
from nija_adapters.release_store.keys import load_or_create_signing_key, load_trusted_keys
from nija_domain.errors import ReleaseInvalid
from nija_domain.releases.directive import DirectiveDraft

DRAFT = DirectiveDraft.lasting("suspend", at_us=10, lifetime_us=10, reason="a test")


def test_numbers_grow_by_one_whoever_issues(tmp_path: Path) -> None:
    """Two issuers at once never share a number and leave none out."""
    key = load_or_create_signing_key(tmp_path / "keys")
    folder = tmp_path / "directives"

    def issue() -> None:
        for _ in range(10):
            Directives(folder).issue(DRAFT, signing_key=key)

    issuers = [threading.Thread(target=issue) for _ in range(2)]
    for issuer in issuers:
        issuer.start()
    for issuer in issuers:
        issuer.join()

    assert Directives(folder).numbers_after(0) == list(range(1, 21))
    assert Directives(folder).numbers_after(18) == [19, 20]


def test_what_was_issued_is_read_and_every_changed_byte_is_refused(tmp_path: Path) -> None:
    """Whatever byte of the file changes, the directive is refused or reads the same."""
    key = load_or_create_signing_key(tmp_path / "keys")
    trusted = load_trusted_keys(tmp_path / "keys")
    store = Directives(tmp_path / "directives")
    issued = store.issue(DRAFT, signing_key=key)
    path = next((tmp_path / "directives").glob("0*.json"))
    body = path.read_bytes()

    assert store.load(1, trusted_keys=trusted) == issued
    for position in range(len(body)):
        path.write_bytes(body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :])
        try:
            found = store.load(1, trusted_keys=trusted)
        except ReleaseInvalid:
            continue
        assert found == issued


def test_a_directive_under_another_number_is_refused(tmp_path: Path) -> None:
    """An old directive cannot be played again as a new one."""
    key = load_or_create_signing_key(tmp_path / "keys")
    store = Directives(tmp_path / "directives")
    store.issue(DRAFT, signing_key=key)
    first = next((tmp_path / "directives").glob("0*.json"))
    first.with_name("000000002.json").write_bytes(first.read_bytes())

    with pytest.raises(ReleaseInvalid, match="holds directive 1"):
        store.load(2, trusted_keys=load_trusted_keys(tmp_path / "keys"))


@pytest.mark.parametrize(
    "draft",
    [
        msgspec.structs.replace(DRAFT, expires_us=10),
        msgspec.structs.replace(DRAFT, kind="universe"),
        msgspec.structs.replace(DRAFT, kind="allocations"),
    ],
)
def test_a_directive_that_says_nothing_is_not_issued(tmp_path: Path, draft: DirectiveDraft) -> None:
    """No life, no symbols or no weights: refused before anything is written."""
    key = load_or_create_signing_key(tmp_path / "keys")
    store = Directives(tmp_path / "directives")

    with pytest.raises(ReleaseInvalid):
        store.issue(draft, signing_key=key)
    assert store.numbers_after(0) == []


def test_d10_a_stray_file_beside_the_directives_is_passed_over(tmp_path: Path) -> None:
    """Somebody's copy stops nothing, neither the reading nor the next directive."""
    for name in ("000000001.bak.json", "1.json", "000000002 (copy).json"):
        (tmp_path / name).write_text("{}")

    assert Directives(tmp_path).numbers_after(0) == []
