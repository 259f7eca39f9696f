"""What a regime model is fitted to: the feature rows of many symbols, standardised."""

from collections.abc import Sequence

import msgspec
import numpy as np

from nija_domain.errors import FeatureFrozen, HistoryTooShort
from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.fitting.chains import Batch

# Without bounds a regime is spent on a handful of extreme bars, which every market has; with narrow
# ones so many bars lie on the bound that a regime is spent on these.
OUTLIER_LIMIT = 5.0
TRIMMED_SHARES = (0.01, 0.99)


class FitSample(msgspec.Struct, frozen=True):
    """Standardised rows, one stretch per symbol after another, and their scaler."""

    feature_names: tuple[str, ...]
    center: FloatColumn
    scale: FloatColumn
    rows: FloatColumn
    lengths: list[int]
    seen_until_us: int

    def batch(self, *, chains: int) -> Batch:
        edges = np.cumsum([0, *self.lengths])
        spans = np.column_stack([edges[:-1], edges[1:]])
        return Batch(self.rows, spans, np.tile([0, len(spans)], (chains, 1)))


def draw_sample(tables: Sequence[FeatureTable], *, feature_names: tuple[str, ...]) -> FitSample:
    """The rows whose features are all known, standardised by their own trimmed spread."""
    stretches = []
    for table in tables:
        values = table.values[:, [table.names.index(name) for name in feature_names]]
        stretches.append(values[np.isfinite(values).all(axis=1)])
    lengths = [len(stretch) for stretch in stretches if len(stretch)]
    if not lengths:
        raise HistoryTooShort("no bar has all its features yet; ingest a longer history")
    rows = np.concatenate(stretches)
    trimmed = np.clip(rows, *np.quantile(rows, TRIMMED_SHARES, axis=0))
    center, scale = trimmed.mean(axis=0), trimmed.std(axis=0)
    if not np.all(scale > 0.0):
        raise FeatureFrozen(
            f"{feature_names[int(np.argmin(scale))]} never changes, so it shows no regime;"
            " check the candles for a frozen feed"
        )
    rows = np.clip((rows - center) / scale, -OUTLIER_LIMIT, OUTLIER_LIMIT)
    return FitSample(feature_names, center, scale, rows, lengths, last_bar_us(tables))


def last_bar_us(tables: Sequence[FeatureTable]) -> int:
    """When the last bar of any symbol opened, whether all of its features are known or not."""
    return max(int(table.ts_us[-1]) for table in tables if len(table))
