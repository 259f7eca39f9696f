"""Where the close stands in the range of the bars before it: above 1 it is a new high.

The bar itself is not part of its range. The range moves in blocks, so that its state stays small:
the block under way and those before it.
"""

import math

from nija_domain.features.feature import BarRow, Feature

BLOCK_BARS = 6
BLOCKS_BEFORE = 8
WARM_UP_BARS = BLOCK_BARS * BLOCKS_BEFORE
MIDDLE = 0.5

LOWEST, HIGHEST = -1e300, 1e300
"""Beyond any price, and, unlike infinities, numbers in JSON."""

INITIAL: tuple[float, ...] = (0.0, LOWEST, HIGHEST, *(LOWEST, HIGHEST) * BLOCKS_BEFORE)
"""Bars in this block, its highest and lowest, then each earlier block's, the oldest first."""


def step(state: tuple[float, ...], bar: BarRow) -> tuple[tuple[float, ...], float]:
    """A range without a width has no outside: its price stands in the middle."""
    block_bars, block_high, block_low = state[0], state[1], state[2]
    blocks = state[3:]
    value = math.nan
    if blocks[0] > LOWEST:
        top, bottom = max(state[1::2]), min(state[2::2])
        value = (bar.close - bottom) / (top - bottom) if top > bottom else MIDDLE
    block_bars += 1.0
    block_high, block_low = max(block_high, bar.high), min(block_low, bar.low)
    if block_bars == BLOCK_BARS:
        blocks = blocks[2:] + (block_high, block_low)  # noqa: RUF005 - the compiler knows no unpacking
        block_bars, block_high, block_low = 0.0, LOWEST, HIGHEST
    return (block_bars, block_high, block_low) + blocks, value  # noqa: RUF005


FEATURE = Feature(
    name="channel_position",
    unit="0 to 1 inside the range",
    formula=(
        "(close - l) / (h - l) with h, l the highest high and lowest low of the bars before in"
        f" this block of {BLOCK_BARS} and of the {BLOCKS_BEFORE} blocks before"
    ),
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
