"""The picture of outlooks has words on both axes, a mark for each preset, and is the same again."""

import xml.etree.ElementTree as ET

from nija_adapters.pictures.outlooks import FORMATS, draw_outlooks
from nija_domain.capital.monte_carlo import Outlook


def _outlook(preset: str, deepest: float) -> Outlook:
    return Outlook(
        preset=preset,
        ruin_probability=0.0,
        halt_probability=0.0,
        drawdowns=tuple(deepest * part / 5 for part in range(1, 6)),
        final_equities=(1.0,) * 5,
        milestone=None,
        milestone_probability=0.0,
        milestone_trades=(),
    )


OUTLOOKS = (_outlook("conservative", 0.1), _outlook("aggressive", 0.3))


def test_both_axes_and_every_preset_are_named() -> None:
    """What is drawn, in which unit, and of what."""
    texts = {
        (element.text or "").strip()
        for element in ET.fromstring(draw_outlooks(OUTLOOKS, form="svg")).iter()  # noqa: S314
        if element.tag.endswith("text")
    }

    assert {"deepest drawdown, share of the peak", "preset"} <= texts
    assert {"conservative", "aggressive", "5 to 95 %", "median"} <= texts
    assert "10.0%" in texts


def test_the_same_numbers_make_the_same_file() -> None:
    """No date, no random names."""
    for form in FORMATS:
        assert draw_outlooks(OUTLOOKS, form=form) == draw_outlooks(OUTLOOKS, form=form)
