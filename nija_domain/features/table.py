"""The feature rows of one symbol's history, and of the market's."""

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


class MarketTable(msgspec.Struct, frozen=True):
    """A row per open time at which some symbol has a candle, a column per market-wide feature."""

    ts_us: TimeColumn
    names: tuple[str, ...]
    values: npt.NDArray[np.float64]
    final_states: FeatureStates

    def __len__(self) -> int:
        return len(self.ts_us)

    def as_features(self) -> FeatureTable:
        """The market as one more symbol, for the models that read a symbol's table."""
        return FeatureTable(
            symbol="market",
            ts_us=self.ts_us,
            names=self.names,
            values=self.values,
            final_states=self.final_states,
        )
