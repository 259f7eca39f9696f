"""The regime of each bar, as known when it closed."""

import msgspec
import numpy as np
import numpy.typing as npt

from nija_domain.market.candles import FloatColumn, TimeColumn
from nija_domain.regimes.model import RegimeModel


class Labels(msgspec.Struct, frozen=True, kw_only=True):
    """One row per bar: its time as given, and the filtered probability of each state."""

    ts: TimeColumn
    filtered_probs: FloatColumn
    model: RegimeModel

    @property
    def columns(self) -> dict[str, FloatColumn]:
        return {f"p{state}": column for state, column in enumerate(self.filtered_probs.T)}

    @property
    def likeliest(self) -> npt.NDArray[np.str_]:
        """The name of each bar's likeliest regime."""
        names = np.array(self.model.state_names)
        likeliest: npt.NDArray[np.str_] = names[self.filtered_probs.argmax(axis=1)]
        return likeliest
