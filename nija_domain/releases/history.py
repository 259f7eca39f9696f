"""Where history ends and the executor takes over: every state at the last closed candle."""

from collections.abc import Iterable

import numpy as np

from nija_domain.errors import CandlesInvalid
from nija_domain.features.history import compute_features
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.filter import FilterState
from nija_domain.regimes.history import filter_history
from nija_domain.regimes.model import RegimeModel
from nija_domain.releases.content import LIVE_FEATURES, SymbolCut


def cut_histories(
    histories: Iterable[CandleHistory], *, model: RegimeModel
) -> tuple[SymbolCut, ...]:
    """The states from which a stream goes on, symbol by symbol."""
    return tuple(_cut(history, model) for history in histories)


def _cut(history: CandleHistory, model: RegimeModel) -> SymbolCut:
    table = compute_features(history, LIVE_FEATURES)
    if not len(table) or not np.isfinite(table.values[-1]).all():
        raise CandlesInvalid(
            f"{history.symbol} has {len(table)} candles, too few to warm its features up;"
            " ingest more or take it out of the universe"
        )
    probabilities = filter_history(model, table)[-1]
    return SymbolCut(
        symbol=history.symbol,
        ts_us=int(table.ts_us[-1]),
        close=float(history.close[-1]),
        features=table.final_states,
        values=tuple(float(value) for value in table.values[-1]),
        filtered=FilterState(probabilities=tuple(float(p) for p in probabilities)),
    )
