"""How much worse a model foresees today's bars than those that it was fitted on."""

from collections.abc import Sequence

import msgspec
import numpy as np

from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import FloatColumn
from nija_domain.regimes.history import filter_history, standardise
from nija_domain.regimes.model import RegimeModel, feature_columns


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """Log-likelihoods per bar in nats; a positive score means that the market has moved away."""

    fitted: float
    recent: float
    bars: int

    @property
    def score(self) -> float:
        return self.fitted - self.recent


def measure_drift(model: RegimeModel, tables: Sequence[FeatureTable], *, bars: int) -> Drift:
    """The mean predictive log-likelihood of each symbol's last bars, each foreseen by its past."""
    recent = [_predictive_log_likelihoods(model, table)[-bars:] for table in tables]
    known = np.concatenate(recent) if recent else np.empty(0)
    mean = float(known.mean()) if known.size else model.log_likelihood_per_bar
    return Drift(fitted=model.log_likelihood_per_bar, recent=mean, bars=int(known.size))


def _predictive_log_likelihoods(model: RegimeModel, table: FeatureTable) -> FloatColumn:
    """log p(x_t | x_1 … x_(t-1)), a bar each: the filter of the bar before, one step on."""
    values = table.values[:, feature_columns(model, table.names)]
    known = np.isfinite(values).all(axis=1)
    rows = standardise(model, values[known])
    filtered = filter_history(model, table)[known]
    predicted = np.vstack([np.array(model.start_probs), filtered[:-1] @ np.array(model.transition)])
    joint = np.log(np.maximum(predicted[: len(rows)], 1e-300)) + _log_densities(model, rows)
    peak = joint.max(axis=1, keepdims=True)
    likelihoods: FloatColumn = peak[:, 0] + np.log(np.exp(joint - peak).sum(axis=1))
    return likelihoods


def _log_densities(model: RegimeModel, rows: FloatColumn) -> FloatColumn:
    means, variances = np.array(model.means), np.array(model.variances)
    distances = (rows[:, None, :] - means[None]) ** 2 / variances[None]
    densities: FloatColumn = -0.5 * (distances + np.log(2.0 * np.pi * variances)[None]).sum(axis=2)
    return densities
