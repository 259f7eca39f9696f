"""How much worse a model foresees today's bars than those that it was fitted on."""

from collections.abc import Sequence

import msgspec
import numpy as np

from nija_domain.features.table import FeatureTable
from nija_domain.regimes.foresight import foresee_bars
from nija_domain.regimes.model import RegimeModel


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
    recent = [foresee_bars(model, table)[-bars:] for table in tables]
    known = np.concatenate(recent) if recent else np.empty(0)
    mean = float(known.mean()) if known.size else model.log_likelihood_per_bar
    return Drift(fitted=model.log_likelihood_per_bar, recent=mean, bars=int(known.size))
