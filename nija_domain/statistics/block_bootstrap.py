"""The mean of values that depend on their neighbours, drawn again by whole blocks of them.

Drawn one by one, neighbouring values would look surer than they are (Künsch 1989).
"""

from collections.abc import Sequence
from math import ceil

import numpy as np
import numpy.typing as npt

from nija_domain.errors import NumberInvalid

Values = npt.NDArray[np.float64]


def draw_stretch_means(
    stretches: Sequence[Values], *, block: int, draws: int, rng: np.random.Generator
) -> Values:
    """Means over several stretches; no block reaches from one into the next (Carlstein 1986)."""
    blocks = [
        stretch[low : low + block] for stretch in stretches for low in range(0, len(stretch), block)
    ]
    totals, sizes = np.array([b.sum() for b in blocks]), np.array([len(b) for b in blocks])
    drawn = rng.integers(len(blocks), size=(draws, len(blocks)))
    means: Values = totals[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    return means


def draw_circular_means(
    values: Values, *, block: int, draws: int, rng: np.random.Generator
) -> Values:
    """Means over one row whose blocks go on at its beginning (Politis & Romano 1992)."""
    if not (0 < block <= len(values) and draws > 0):
        raise NumberInvalid(
            f"block is {block} and draws is {draws} over {len(values)} values; give a block of 1 to"
            f" {len(values)}, and a draw at least"
        )
    count = ceil(len(values) / block)
    starts = rng.integers(0, len(values), size=(draws, count))
    means: Values = _block_sums(values, block)[starts].sum(axis=1) / (count * block)
    return means


def _block_sums(values: Values, block: int) -> Values:
    """The sum of the block that starts at each value, past the end going on at the beginning."""
    wrapped = np.concatenate([[0.0], values, values[: block - 1]])
    totals: Values = np.cumsum(wrapped)
    return totals[block:] - totals[:-block]
