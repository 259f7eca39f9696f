"""The feature rows of one symbol's history."""

import msgspec
import numpy as np
import numpy.typing as npt

from nija_domain.features.stream import FeatureStates
from nija_domain.market.candles import TimeColumn


class FeatureTable(msgspec.Struct, frozen=True):
    """A row per candle, a column per feature, and the states from which a stream goes on."""

    symbol: str
    ts_us: TimeColumn
    names: tuple[str, ...]
    values: npt.NDArray[np.float64]
    final_states: FeatureStates

    def __len__(self) -> int:
        return len(self.ts_us)
