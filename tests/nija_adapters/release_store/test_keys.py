"""One signing key per folder, kept from others; trust by public keys under their own names."""

import subprocess
import sys
from pathlib import Path

import pytest

from nija_adapters.release_store.keys import load_or_create_signing_key, load_trusted_keys
from nija_domain.errors import NijaError


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """The second load gives the same key, and what it signs is trusted by its folder."""
    folder = tmp_path / "keys"
    key = load_or_create_signing_key(folder)
    again = load_or_create_signing_key(folder)

    trusted = load_trusted_keys(folder)

    assert again.key_id == key.key_id
    assert (folder / "signing_key.pem").stat().st_mode & 0o777 == 0o600
    assert trusted[key.key_id].is_signature(key.sign(b"release"), message=b"release")
    assert not trusted[key.key_id].is_signature(key.sign(b"release"), message=b"releasf")
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [f"{key.key_id}.pub.pem", "signing_key.pem"]
    )


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_private_key_that_others_can_touch_is_refused(tmp_path: Path, mode: int) -> None:
    """The refusal names the file and the command that mends it."""
    load_or_create_signing_key(tmp_path)
    (tmp_path / "signing_key.pem").chmod(mode)

    with pytest.raises(NijaError, match=r"mode 6\d\d.*chmod 600 .*signing_key\.pem"):
        load_or_create_signing_key(tmp_path)


def test_a_damaged_private_key_is_named_and_never_shown(tmp_path: Path) -> None:
    """An error about a secret must not carry it."""
    load_or_create_signing_key(tmp_path)
    path = tmp_path / "signing_key.pem"
    secret = path.read_text().splitlines()[1]
    path.write_text(path.read_text().replace("-----END", "----END"))

    with pytest.raises(NijaError, match=r"signing_key\.pem cannot be read; restore") as refusal:
        load_or_create_signing_key(tmp_path)

    assert secret not in str(refusal.value)


def test_a_public_key_under_a_foreign_name_is_refused(tmp_path: Path) -> None:
    """A key that took the name of a trusted one would sign in its place."""
    mine = load_or_create_signing_key(tmp_path / "mine")
    other = load_or_create_signing_key(tmp_path / "other")
    (tmp_path / "mine" / f"{mine.key_id}.pub.pem").write_bytes(other.trusted.to_pem())

    with pytest.raises(NijaError, match=f"{mine.key_id}.*rename it to {other.key_id}"):
        load_trusted_keys(tmp_path / "mine")


def test_a_trusted_key_that_is_no_key_is_named(tmp_path: Path) -> None:
    """A file that claims trust and cannot be read stops the start."""
    (tmp_path / "0000.pub.pem").write_text("nonsense")

    with pytest.raises(NijaError, match=r"0000\.pub\.pem cannot be read.*remove"):
        load_trusted_keys(tmp_path)
    assert load_trusted_keys(tmp_path / "none") == {}


_CREATE_KEY = """
import sys
from pathlib import Path
from nija_adapters.release_store.keys import load_or_create_signing_key

print(load_or_create_signing_key(Path(sys.argv[1])).key_id)
"""


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    """Whoever comes second finds the key of the first."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _CREATE_KEY, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]

    said = {process.communicate()[0] for process in processes}

    assert said == {load_or_create_signing_key(tmp_path).key_id + "\n"}
