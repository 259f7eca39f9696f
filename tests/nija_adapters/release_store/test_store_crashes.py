"""A store survives the death of its writer at every step."""

import subprocess
import sys
from pathlib import Path

import msgspec
from release_samples import signed_release

from nija_adapters.release_store.channels import Pointer
from nija_adapters.release_store.keys import SigningKey, load_trusted_keys
from nija_adapters.release_store.store import ReleaseStore
from nija_domain.releases.manifest import fingerprint

_PUBLISH_AND_DIE = """
import os, signal, sys
from pathlib import Path
import msgspec
from nija_adapters.release_store import channels, durable, store
from nija_domain.releases.manifest import Bundle

steps_left = int(sys.argv[3])

def dying(function):
    def step(*arguments, **named):
        global steps_left
        steps_left -= 1
        if steps_left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **named)
    return step

for module, name in [(os, "fsync"), (os, "write"), (Path, "rename"), (Path, "replace")]:
    setattr(module, name, dying(getattr(module, name)))
bundle = msgspec.msgpack.decode(Path(sys.argv[2]).read_bytes(), type=Bundle)
releases = store.ReleaseStore(Path(sys.argv[1]))
releases.point("paper", releases.publish(bundle).release_id)
"""


def test_kill_9_at_any_step_shows_a_whole_release_or_none(
    tmp_path: Path, store: ReleaseStore, key: SigningKey
) -> None:
    """Before each write, sync and rename: what is listed loads, and a second try completes it."""
    trusted = load_trusted_keys(tmp_path / "keys")
    old = store.point("paper", store.publish(signed_release(key)).release_id)
    bundle = signed_release(key, sequence=2)
    new = Pointer(old.release_id[:-1] + "2", fingerprint(bundle.manifest_bytes), 2)
    (tmp_path / "bundle").write_bytes(msgspec.msgpack.encode(bundle))
    seen = []
    code = -9
    while code == -9:
        root = tmp_path / f"killed-{len(seen)}"
        killed = ReleaseStore(root)
        killed.point("paper", killed.publish(signed_release(key)).release_id)
        arguments = [str(root), str(tmp_path / "bundle"), str(len(seen))]
        code = subprocess.run(
            [sys.executable, "-c", _PUBLISH_AND_DIE, *arguments], check=False
        ).returncode

        for release_id in killed.list_releases():
            killed.load(release_id, trusted_keys=trusted)
        seen.append((len(killed.list_releases()), killed.read_pointer("paper")))
        killed.point("paper", killed.publish(bundle).release_id)

        assert killed.read_pointer("paper") == new
        assert killed.read_history("paper") == (old,)
        assert len(list((root / "incoming").iterdir())) == 0

    assert code == 0
    assert seen[0] == (1, old)
    assert (2, old) in seen
    assert seen[-1] == (2, new)
