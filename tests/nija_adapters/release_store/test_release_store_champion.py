"""What trades is read whole, trusted and by this version, or the reader hears why not."""

from pathlib import Path

import msgspec
import pytest

from nija_adapters.home.places import Home
from nija_adapters.release_store.champion import read_champion
from nija_domain.errors import ReleaseInvalid, ReleaseUnreadable
from nija_domain.releases.content import ReleaseContent
from tests.fakes.releases import promote, publish
from tests.fakes.stages import content_after, draw_candles

CONTENT = content_after(draw_candles(bars=200, seed=3))


def _champion(home: Path) -> ReleaseContent | None:
    places = Home(home)
    return read_champion(places.releases, keys=places.keys, channel="champion")


def test_nothing_promoted_is_no_champion(tmp_path: Path) -> None:
    """A first training has none to go on from."""
    assert _champion(tmp_path) is None


def test_the_promoted_release_is_the_champion(tmp_path: Path) -> None:
    """Its content as it was published."""
    promote(tmp_path, publish(tmp_path, CONTENT, sequence=1))

    assert _champion(tmp_path) == CONTENT


def test_a_champion_that_was_changed_is_an_error_and_not_none(tmp_path: Path) -> None:
    """A training that took it for none would replace the champion unjudged."""
    release_id = publish(tmp_path, CONTENT, sequence=1)
    promote(tmp_path, release_id)
    body = tmp_path / "releases" / "releases" / release_id / "files" / "sizing.json"
    body.chmod(0o644)
    body.write_bytes(body.read_bytes() + b" ")

    with pytest.raises(ReleaseInvalid):
        _champion(tmp_path)


def test_a_champion_of_another_version_is_told_apart(tmp_path: Path) -> None:
    """Whole and trusted, yet of features that this version does not compute."""
    names = (*CONTENT.feature_names[:-1], "moon")
    alien = msgspec.structs.replace(CONTENT, feature_names=names)
    promote(tmp_path, publish(tmp_path, alien, sequence=1))

    with pytest.raises(ReleaseUnreadable, match="moon"):
        _champion(tmp_path)
