"""How models are fitted and compared, and which model is fitted."""

import msgspec

from nija_domain.regimes.model import Covariance, RegimeModel


class FitPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How models are fitted and compared; one state foresees without regimes."""

    states: int = 3
    restarts: int = 8
    iterations: int = 200
    seed: int = 7
    folds: int = 3
    purge_bars: int = 10


class DriftRules(msgspec.Struct, frozen=True, kw_only=True):
    """Over how many of the newest bars drift is measured, and how much of it is too much."""

    bars: int
    limit_nats: float


class ModelSpec(msgspec.Struct, frozen=True):
    """What a model reads, whether that varies together within a state, and who may warm it.

    One feature varies with no other: its full covariance is the diagonal one.
    """

    feature_names: tuple[str, ...]
    requested: Covariance = "diag"
    champion: RegimeModel | None = None

    def with_feature(self, name: str) -> "ModelSpec":
        return msgspec.structs.replace(self, feature_names=(*self.feature_names, name))

    @property
    def covariance(self) -> Covariance:
        return self.requested if len(self.feature_names) > 1 else "diag"
