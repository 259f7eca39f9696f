"""How far the price stands under the highest it has been for a day of five-minute bars.

The window moves in blocks, so that its state stays small: the block under way and those before it.
"""

import math

from nija_domain.features.feature import BarRow, Feature

BLOCK_BARS = 12
BLOCKS_BEFORE = 23
WARM_UP_BARS = BLOCK_BARS - 1

LOWEST = -1e300
"""Under the log of any price, and, unlike minus infinity, a number in JSON."""

INITIAL: tuple[float, ...] = (0.0, LOWEST, LOWEST, *(LOWEST,) * BLOCKS_BEFORE)
"""Bars in this block, its highest, the highest of all before it, then each block's highest."""


def step(state: tuple[float, ...], bar: BarRow) -> tuple[tuple[float, ...], float]:
    """Before the first block has ended the high is not that of a day, and not of an hour either."""
    block_bars, block_high, high_before = state[0], state[1], state[2]
    blocks = state[3:]
    block_high = max(block_high, bar.log_high)
    block_bars += 1.0
    ends_block = block_bars == BLOCK_BARS
    value = math.nan
    if ends_block or high_before > LOWEST:
        value = bar.log_close - max(block_high, high_before)
    if ends_block:
        blocks = blocks[1:] + (block_high,)  # noqa: RUF005 - the compiler knows no unpacking
        high_before, block_high, block_bars = max(blocks), LOWEST, 0.0
    return (block_bars, block_high, high_before) + blocks, value  # noqa: RUF005


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
