"""A training goes on from the champion, or says why it cannot."""

from pathlib import Path

import dagster as dg
import pytest
from msgspec.structs import replace

from nija_domain.errors import ReleaseInvalid
from nija_pipelines.defs.regimes.regimes import _readable_champion
from nija_pipelines.resources import Channel
from tests.fakes.releases import promote, publish
from tests.fakes.stages import content_after, draw_candles

CONTENT = content_after(draw_candles(bars=200, seed=3))


def test_one_of_another_version_is_told_and_a_new_one_is_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    """Else no version could ever follow one whose features it does not know."""
    alien = replace(CONTENT, feature_names=(*CONTENT.feature_names[:-1], "moon"))
    promote(tmp_path, publish(tmp_path, alien, sequence=1))
    found = _readable_champion(dg.build_asset_context(), Channel(home=str(tmp_path)), "champion")

    assert found is None
    assert "trained without a champion to go on from: features moon" in capsys.readouterr().err


def test_one_that_nobody_trusts_stops_the_training(tmp_path: Path) -> None:
    """It was taken for none, and the training replaced the champion unjudged."""
    promote(tmp_path, publish(tmp_path, CONTENT, sequence=1))
    (key,) = (tmp_path / "keys").glob("*.pub.pem")
    key.unlink()

    with pytest.raises(ReleaseInvalid):
        _readable_champion(dg.build_asset_context(), Channel(home=str(tmp_path)), "champion")


def test_what_can_be_read_is_gone_on_from(tmp_path: Path) -> None:
    """Its content, whole."""
    promote(tmp_path, publish(tmp_path, CONTENT, sequence=1))

    found = _readable_champion(dg.build_asset_context(), Channel(home=str(tmp_path)), "champion")

    assert found == CONTENT
