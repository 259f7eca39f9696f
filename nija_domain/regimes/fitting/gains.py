"""Which of two models foresees better, on bars that neither was fitted on, and how surely."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np

from nija_domain.errors import HistoryTooShort, SettingsInvalid
from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn


class Fold(msgspec.Struct, frozen=True):
    """Fit on what opened before `fit_stop_us`, judge from `test_start_us` up to `test_stop_us`."""

    fit_stop_us: int
    test_start_us: int
    test_stop_us: int


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """Nats per bar that one model foresees better than another, with its interval."""

    per_bar: float
    low: float
    high: float
    bars: int

    @property
    def is_proven(self) -> bool:
        return self.low > 0.0


def walk_forward(
    tables: Sequence[FeatureTable], *, folds: int, purge_bars: int
) -> tuple[Fold, ...]:
    """Ever longer histories to fit on, each with the stretch after it, some bars apart.

    The bars between hold features that still remember the history; nothing is judged on them.
    """
    if purge_bars < 0 or folds < 1:
        raise SettingsInvalid(
            f"{folds} folds with {purge_bars} bars purged cannot be cut; take one fold or more, and"
            " no bar or more"
        )
    times = np.unique(np.concatenate([table.ts_us for table in tables]))
    edges = np.linspace(len(times) / 2, len(times), folds + 1).astype(np.int64)
    if int(np.diff(edges).min()) <= purge_bars:
        raise HistoryTooShort(
            f"{len(times)} bars do not hold {folds} folds with {purge_bars} bars purged from each;"
            " take fewer folds or bring more history"
        )
    ends = [*times.tolist(), int(times[-1]) + 1]
    return tuple(
        Fold(ends[start], ends[start + purge_bars], ends[stop])
        for start, stop in pairwise(edges.tolist())
    )


def rows_before(table: FeatureTable, stop_us: int) -> FeatureTable:
    """The rows of bars that opened before this moment."""
    stop = int(np.searchsorted(table.ts_us, stop_us))
    return msgspec.structs.replace(table, ts_us=table.ts_us[:stop], values=table.values[:stop])


def measure_gain(
    ours: Sequence[FloatColumn],
    theirs: Sequence[FloatColumn],
    *,
    block_bars: int,
    rng: np.random.Generator,
    draws: int = 1_000,
) -> Gain:
    """The mean of paired differences and its 95 % interval, by resampling whole blocks of bars.

    A stretch is one symbol's bars of one fold; no block reaches from one into the next.
    """
    blocks = [
        differences[low : low + block_bars]
        for differences in (a - b for a, b in zip(ours, theirs, strict=True))
        for low in range(0, len(differences), block_bars)
    ]
    totals, sizes = np.array([b.sum() for b in blocks]), np.array([len(b) for b in blocks])
    if not sizes.sum():
        return Gain(per_bar=0.0, low=0.0, high=0.0, bars=0)
    drawn = rng.integers(len(blocks), size=(draws, len(blocks)))
    means = totals[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Gain(
        per_bar=float(totals.sum() / sizes.sum()),
        low=float(low),
        high=float(high),
        bars=int(sizes.sum()),
    )
