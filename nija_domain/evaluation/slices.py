"""Cuts history into three parts that do not overlap: train, calibrate, test."""

from collections.abc import Mapping

import msgspec
import numpy as np

from nija_domain.errors import CandlesInvalid
from nija_domain.market.candles import CandleHistory, joined

BARS_PER_SLICE_MIN = 60


class Slices(msgspec.Struct, frozen=True):
    """The same spans of time for every symbol."""

    fit: dict[str, CandleHistory]
    calibrate: dict[str, CandleHistory]
    test: dict[str, CandleHistory]

    def known_before_test(self) -> dict[str, CandleHistory]:
        return {
            symbol: joined(history, self.calibrate[symbol]) for symbol, history in self.fit.items()
        }


def slice_histories(
    histories: Mapping[str, CandleHistory], *, fit_share: float = 0.5, test_share: float = 0.25
) -> Slices:
    """Cut by time, so that a symbol with gaps is cut at the same moments as the others."""
    if not histories:
        raise CandlesInvalid("there are no candles to slice; ingest candles first")
    times = np.unique(np.concatenate([history.ts_us for history in histories.values()]))
    first, second = int(len(times) * fit_share), int(len(times) * (1.0 - test_share))
    if min(first, second - first, len(times) - second) < BARS_PER_SLICE_MIN:
        raise CandlesInvalid(
            f"{len(times)} bars are too few for three slices of {BARS_PER_SLICE_MIN};"
            " ingest more history"
        )
    bounds_us = (int(times[first]), int(times[second]))
    parts = {symbol: _cut_at(history, bounds_us) for symbol, history in histories.items()}
    return Slices(
        fit={symbol: part[0] for symbol, part in parts.items()},
        calibrate={symbol: part[1] for symbol, part in parts.items()},
        test={symbol: part[2] for symbol, part in parts.items()},
    )


def _cut_at(
    history: CandleHistory, bounds_us: tuple[int, int]
) -> tuple[CandleHistory, CandleHistory, CandleHistory]:
    first, second = np.searchsorted(history.ts_us, np.array(bounds_us)).tolist()
    return (
        history.cut(first),
        history.between(first, second),
        history.between(second, len(history)),
    )
