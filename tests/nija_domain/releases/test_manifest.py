"""A bundle is whole or it is refused with the name of what is wrong."""

import hashlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.errors import ReleaseInvalid
from nija_domain.releases.manifest import (
    Approval,
    Bundle,
    Manifest,
    check_bundle,
    fingerprint,
    list_files,
    read_manifest,
    release_id_of,
    write_manifest,
)

_FILES = {"content.json": b'{"a":1}', "strategy.py": b"pass\n", "empty.npy": b""}


def _manifest(files: dict[str, bytes]) -> Manifest:
    entries = list_files(files)
    return Manifest(
        format=1,
        release_id=release_id_of(entries, sequence=7),
        sequence=7,
        created_us=1_700_000_000_000_000,
        parents=("r-000000000000-6",),
        data_snapshot=42,
        code_commit="c0ffee",
        code_version="0.1.0",
        training_run_id="run",
        key_id="key",
        files=entries,
        approvals=(Approval(at_us=1, by="ann", what="champion", why="passed"),),
    )


def _bundle(files: dict[str, bytes]) -> Bundle:
    return Bundle(write_manifest(_manifest(files)), b"", files)


_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}(\.[a-z]{1,3})?", fullmatch=True)
_CONTENTS = st.dictionaries(_NAMES, st.binary(max_size=40), min_size=1, max_size=4)


@given(files=_CONTENTS)
def test_a_whole_bundle_reads_back_as_its_manifest(files: dict[str, bytes]) -> None:
    """Writing is canonical and reading inverts it, whatever the order of the files."""
    bundle = _bundle(files)

    again = _bundle(dict(reversed(files.items())))

    assert check_bundle(bundle) == _manifest(files)
    assert again.manifest_bytes == bundle.manifest_bytes
    assert fingerprint(bundle.manifest_bytes) == hashlib.sha256(bundle.manifest_bytes).hexdigest()


@given(files=_CONTENTS, data=st.data())
def test_one_changed_bit_in_any_file_is_named(files: dict[str, bytes], data: st.DataObject) -> None:
    """The hash of each file is checked over every byte."""
    bundle = _bundle(files)
    name = data.draw(st.sampled_from(sorted(files)))
    content = bytearray(files[name] or b"x")
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(ReleaseInvalid, match=f"file '{name}'"):
        check_bundle(Bundle(bundle.manifest_bytes, b"", {**files, name: bytes(content)}))


def test_a_missing_and_an_extra_file_are_named() -> None:
    """A bundle holds what its manifest names and nothing else."""
    bundle = _bundle(_FILES)
    without = {name: content for name, content in _FILES.items() if name != "strategy.py"}

    with pytest.raises(ReleaseInvalid, match=r"'strategy\.py' is missing"):
        check_bundle(Bundle(bundle.manifest_bytes, b"", without))
    with pytest.raises(ReleaseInvalid, match=r"'more\.py' is not in the manifest; remove it"):
        check_bundle(Bundle(bundle.manifest_bytes, b"", {**_FILES, "more.py": b""}))


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../up",
        "a/b",
        "a\\b",
        "/etc",
        "a..b",
        ".hidden",
        "a\n",
        "a\0b",
        "é",
        "x" * 65,
    ],
)
def test_a_file_name_that_could_leave_its_folder_is_refused(name: str) -> None:
    """Names never hold separators, parents, hidden starts or what a terminal would act on."""
    with pytest.raises(ReleaseInvalid, match="is not safe"):
        write_manifest(_manifest({name: b"x"}))


def test_names_that_differ_in_case_only_are_refused() -> None:
    """On a disk that folds case one of the two would be lost."""
    with pytest.raises(ReleaseInvalid, match="is listed twice"):
        write_manifest(_manifest({"A.json": b"1", "a.json": b"2"}))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("format", 2, "format is 2"),
        ("sequence", 0, "sequence"),
        ("created_us", -1, "created_us"),
        ("data_snapshot", "42", "data_snapshot"),
        ("release_id", "r-000000000000-7", "release_id"),
        ("sequence", 8, "release_id"),
        ("files", [], "files"),
        ("surprise", 1, "surprise"),
    ],
)
def test_a_field_out_of_its_range_is_named(field: str, value: object, said: str) -> None:
    """Each bad field of a manifest is refused by its name."""
    fields = json.loads(write_manifest(_manifest(_FILES)))

    with pytest.raises(ReleaseInvalid, match=said):
        read_manifest(msgspec.json.encode({**fields, field: value}))


def test_only_the_canonical_text_is_a_manifest() -> None:
    """Two texts with one meaning would give one release two fingerprints."""
    manifest_bytes = write_manifest(_manifest(_FILES))

    with pytest.raises(ReleaseInvalid, match="canonical"):
        read_manifest(manifest_bytes + b"\n")
