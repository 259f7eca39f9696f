"""How far the price stands under the highest it has been for a day of five-minute bars.

The window moves in blocks, so that its state stays small: the block under way and those before it.
"""

import math

from nija_domain.features.feature import Feature
from nija_domain.market.candles import Bar

BLOCK_BARS = 12
BLOCKS_BEFORE = 23
WARM_UP_BARS = BLOCK_BARS - 1

INITIAL: tuple[float, ...] = (0.0, 0.0, 0.0, *(0.0,) * BLOCKS_BEFORE)
"""Bars seen, the highest of this block, the highest of all before it, then each block's highest."""


def step(state: tuple[float, ...], bar: Bar) -> tuple[tuple[float, ...], float]:
    bars_seen, block_high, high_before = state[0], state[1], state[2]
    blocks = state[3:]
    block_high = max(block_high, bar.high)
    bars_seen += 1.0
    value = math.nan
    if bars_seen > WARM_UP_BARS:
        value = math.log(bar.close / max(block_high, high_before))
    if bars_seen % BLOCK_BARS == 0.0:
        blocks = blocks[1:] + (block_high,)  # noqa: RUF005 - the compiler knows no unpacking
        high_before = max(blocks)
        block_high = 0.0
    return (bars_seen, block_high, high_before) + blocks, value  # noqa: RUF005


FEATURE = Feature(
    name="distance_from_high",
    unit="log ratio",
    formula=(
        f"ln(close / highest high of this block of {BLOCK_BARS} bars"
        f" and the {BLOCKS_BEFORE} blocks before)"
    ),
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
