"""A release with one byte changed is refused by the running executor, which keeps the good one."""

from pathlib import Path

import pytest

from nija_domain.events.records import (
    BarClosed,
    JournalEvent,
    ReleaseActivated,
    ReleaseRejected,
)
from simulator.settings import SimulatorSettings
from tests.fakes.programs import executor_environ, program, venue, wait_for
from tests.fakes.releases import promote, publish, train_content

SETTINGS = SimulatorSettings(seed=5, speed=1_200.0)


def releases_in(events: list[JournalEvent]) -> list[JournalEvent]:
    return [e for e in events if isinstance(e, ReleaseActivated | ReleaseRejected)]


@pytest.fixture(scope="module")
def content():  # noqa: ANN201
    return train_content(SETTINGS)


@pytest.mark.parametrize("spoilt", ["files/policy.json", "files/cuts.json", "manifest.json"])
def test_one_changed_byte_is_refused_and_the_good_release_trades_on(
    tmp_path: Path,
    content,  # noqa: ANN001
    spoilt: str,
) -> None:
    """The refusal is journaled with its reason; bars go on under the release before."""
    good, bad = (publish(tmp_path, content, sequence=n) for n in (1, 2))
    promote(tmp_path, good)
    with (
        venue("--seed", str(SETTINGS.seed), "--speed", str(SETTINGS.speed)) as url,
        program("executor", "config", environ=executor_environ(tmp_path, url)) as process,
    ):
        wait_for(tmp_path, releases_in)
        promote(tmp_path, bad)
        path = tmp_path / "releases" / "releases" / bad / spoilt
        body = bytearray(path.read_bytes())
        body[len(body) // 2] ^= 1
        path.chmod(0o644)
        path.write_bytes(bytes(body))
        wait_for(tmp_path, lambda events: len(releases_in(events)) > 1)
        events = wait_for(tmp_path, lambda events: isinstance(events[-1], BarClosed) or True)
        process.terminate()
        code = process.wait(30)

    activated, rejected = releases_in(events)
    assert isinstance(activated, ReleaseActivated)
    assert activated.release_id == good
    assert isinstance(rejected, ReleaseRejected)
    assert rejected.release_id == bad
    assert rejected.reason
    assert code == 0
