"""The four pictures of a regime model are whole PNG files, for models of one and many features."""

import msgspec
import numpy as np
import pytest

from nija_adapters.pictures.regimes import (
    draw_calibration,
    draw_emissions,
    draw_ribbon,
    draw_transitions,
    trace_ellipse,
)
from nija_domain.regimes.fitting.matching import reorder_states
from nija_domain.regimes.model import RegimeModel
from tests.fakes.regime_worlds import KNOWN_MODEL, LEANING_MODEL
from tests.fakes.true_filters import draw_history

PNG_MARK, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
RETURNS_ALONE = msgspec.structs.replace(
    KNOWN_MODEL,
    feature_names=("log_return",),
    center=KNOWN_MODEL.center[:1],
    scale=KNOWN_MODEL.scale[:1],
    means=tuple(row[:1] for row in KNOWN_MODEL.means),
    variances=tuple(row[:1] for row in KNOWN_MODEL.variances),
)


def _is_png(body: bytes) -> bool:
    return body.startswith(PNG_MARK) and body.endswith(PNG_END)


@pytest.mark.parametrize("model", [KNOWN_MODEL, LEANING_MODEL, RETURNS_ALONE])
def test_a_model_is_drawn(model: RegimeModel) -> None:
    """Its transitions and its emissions; another model gives other pictures."""
    turned = reorder_states(model, (1, 0, 2))

    for draw in (draw_transitions, draw_emissions):
        drawn = draw(model)

        assert _is_png(drawn)
        assert drawn == draw(model)
        assert drawn != draw(turned)


@pytest.mark.parametrize(("model", "share"), [(KNOWN_MODEL, 0.0), (LEANING_MODEL, 0.7)])
def test_an_ellipse_leans_as_its_state_does(model: RegimeModel, share: float) -> None:
    """Every point of the outline is two deviations out under the covariance, in any units."""
    outline = trace_ellipse(model, 0, columns=(0, 2))
    center, scale = np.array(model.center)[[0, 2]], np.array(model.scale)[[0, 2]]
    errors = (outline.T - center) / scale - np.array(model.means[0])[[0, 2]]
    deviations = np.sqrt(np.array(model.variances[0])[[0, 2]])
    covariance = np.outer(deviations, deviations) * np.array([[1.0, share], [share, 1.0]])
    distances = np.einsum("pi,ij,pj->p", errors, np.linalg.inv(covariance), errors)

    np.testing.assert_allclose(distances, 4.0, rtol=1e-9)
    assert draw_emissions(LEANING_MODEL) != draw_emissions(KNOWN_MODEL)


@pytest.mark.parametrize("bars", [1, 2, 3_000])
def test_a_history_is_drawn_on_its_regimes(bars: int) -> None:
    """However short; the regimes show."""
    history, _, filtered = draw_history(degrees=6.0, bars=bars, seed=1)
    drawn = draw_ribbon(KNOWN_MODEL, history, filtered)

    assert _is_png(drawn)
    if bars > 2:
        other = np.roll(filtered, 1, axis=1)
        assert drawn != draw_ribbon(KNOWN_MODEL, history, other)


@pytest.mark.parametrize("places", [np.array([]), np.linspace(0.0, 1.0, 50)])
def test_calibration_is_drawn(places: np.ndarray) -> None:
    """Of no bar too."""
    assert _is_png(draw_calibration(places))
