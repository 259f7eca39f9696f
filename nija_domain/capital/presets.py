"""The three capital presets: how much is risked, and what happens to a profit."""

import msgspec

from nija_domain.capital.capital_regimes import ALLOCATION
from nija_domain.capital.compounding import Strategy
from nija_domain.capital.sizing import SizingParameters


class Preset(msgspec.Struct, frozen=True):
    sizing: SizingParameters
    compounding: Strategy


PRESETS: dict[str, Preset] = {
    "conservative": Preset(
        SizingParameters(
            preset="conservative",
            max_leverage=1.2,
            allocation={**ALLOCATION, "BEAR_TRENDING": 0.1},
        ),
        "conservative",
    ),
    "moderate": Preset(SizingParameters(), "moderate"),
    "aggressive": Preset(
        SizingParameters(
            preset="aggressive",
            max_leverage=3.0,
            allocation={**ALLOCATION, "BULL_TRENDING": 1.5},
            target_sharpe=1.5,
        ),
        "aggressive",
    ),
}
