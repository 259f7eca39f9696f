"""Both block bootstraps give what a loop over blocks gives, and keep stretches apart."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nija_domain.statistics.block_bootstrap import draw_circular_means, draw_stretch_means

SEEDS, LENGTHS = st.integers(0, 2**32), st.lists(st.integers(1, 12), min_size=1, max_size=4)


def slow_stretch_means(
    stretches: list[np.ndarray], *, block: int, draws: int, seed: int
) -> list[float]:
    """Value by value, from blocks that are listed one by one."""
    blocks = []
    for stretch in stretches:
        left = list(stretch)
        while left:
            blocks.append(left[:block])
            left = left[block:]
    means = []
    for row in np.random.default_rng(seed).integers(len(blocks), size=(draws, len(blocks))):
        values = [value for chosen in row for value in blocks[chosen]]
        means.append(sum(values) / len(values))
    return means


@given(seed=SEEDS, lengths=LENGTHS, block=st.integers(1, 13))
def test_means_of_stretches_are_the_ones_written_out(
    seed: int, lengths: list[int], block: int
) -> None:
    """Blocks at the end of a stretch are shorter, and weigh by their length."""
    values = np.random.default_rng(seed)
    stretches = [values.normal(size=length) for length in lengths]
    drawn = draw_stretch_means(stretches, block=block, draws=20, rng=np.random.default_rng(seed))

    np.testing.assert_allclose(
        drawn, slow_stretch_means(stretches, block=block, draws=20, seed=seed), atol=1e-12
    )


@given(seed=SEEDS, value=st.floats(-1e6, 1e6), length=st.integers(1, 30))
def test_equal_values_have_one_mean(seed: int, value: float, length: int) -> None:
    """Whatever is drawn."""
    row, rng = np.full(length, value), np.random.default_rng(seed)

    np.testing.assert_allclose(draw_circular_means(row, block=1, draws=5, rng=rng), value)
    np.testing.assert_allclose(draw_stretch_means([row, row], block=3, draws=5, rng=rng), value)
