"""Which of two models predicts better, on bars that neither was fitted on, with its interval."""

from collections.abc import Sequence

import msgspec
import numpy as np

from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn
from nija_domain.statistics.block_bootstrap import draw_stretch_means
from nija_domain.statistics.folds import Fold, walk_forward


class Gain(msgspec.Struct, frozen=True, kw_only=True):
    """Nats per bar by which one model predicts better than another, with its interval."""

    per_bar: float
    low: float
    high: float
    bars: int

    @property
    def is_proven(self) -> bool:
        return self.low > 0.0


def folds_over(tables: Sequence[FeatureTable], *, folds: int, purge_bars: int) -> tuple[Fold, ...]:
    """The same moments for every symbol."""
    times_us = np.concatenate([table.ts_us for table in tables])
    return walk_forward(times_us, folds=folds, purge_bars=purge_bars)


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
    differences = [a - b for a, b in zip(ours, theirs, strict=True)]
    bars = sum(map(len, differences))
    if not bars:
        return Gain(per_bar=0.0, low=0.0, high=0.0, bars=0)
    means = draw_stretch_means(differences, block=block_bars, draws=draws, rng=rng)
    low, high = np.quantile(means, (0.025, 0.975))
    return Gain(
        per_bar=float(sum(each.sum() for each in differences)) / bars,
        low=float(low),
        high=float(high),
        bars=bars,
    )
