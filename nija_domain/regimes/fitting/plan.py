"""How models are fitted and compared, and which model to fit."""

import msgspec

from nija_domain.regimes.model import Covariance, RegimeModel


class FitPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How models are fitted and compared. A model of one state predicts without regimes."""

    states: int = 3
    restarts: int = 8
    iterations: int = 200
    seed: int = 7
    folds: int = 3
    purge_bars: int = 10


class DriftRules(msgspec.Struct, frozen=True, kw_only=True):
    """Over how many of the newest bars drift is measured, and how much is too much."""

    bars: int
    limit_nats: float


class ModelSpec(msgspec.Struct, frozen=True):
    """Which features a model reads, with which covariance, and the champion to start from.

    A single feature has no covariance with another: then full is the same as diagonal.
    """

    feature_names: tuple[str, ...]
    requested: Covariance = "diag"
    champion: RegimeModel | None = None

    def with_feature(self, name: str) -> "ModelSpec":
        return msgspec.structs.replace(self, feature_names=(*self.feature_names, name))

    @property
    def covariance(self) -> Covariance:
        return self.requested if len(self.feature_names) > 1 else "diag"
