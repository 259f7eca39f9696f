"""What a training of regimes found, as records that travel."""

import msgspec

from nija_domain.regimes.fitting.gains import Gain
from nija_domain.regimes.fitting.matching import CHURN_ALARM
from nija_domain.regimes.fitting.plan import ModelSpec
from nija_domain.regimes.hierarchy import HierarchicalModel
from nija_domain.regimes.model import Covariance, RegimeModel

NOT_NOTED = "not noted"


class FeatureChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The features that serve, and what each candidate would have added, in nats per bar.

    `covariance_gain` is what features that vary together within a state, chosen for that, add to
    those that vary on their own; None where none but the return was chosen among them.
    """

    feature_names: tuple[str, ...]
    gains: dict[str, Gain]
    covariance: Covariance = "diag"
    covariance_gain: Gain | None = None

    def spec_with(self, champion: RegimeModel | None) -> ModelSpec:
        """How the chosen inputs are fitted, with this champion's parameters among the starts."""
        return ModelSpec(self.feature_names, self.covariance, champion)

    @property
    def metrics(self) -> dict[str, float]:
        gain = self.covariance_gain
        if gain is None:
            return {}
        return {"gain_full_covariance": gain.per_bar, "gain_full_covariance_low": gain.low}


class RegimeVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a newly fitted model is worth beside no regimes at all, and beside the champion."""

    over_one_state: Gain
    over_champion: Gain | None
    churn: float | None

    @property
    def is_challenger(self) -> bool:
        """Only what surely foresees better, than one state and than the champion, goes on."""
        gains = [self.over_one_state, *([self.over_champion] if self.over_champion else [])]
        return all(gain.is_proven for gain in gains)

    @property
    def is_renaming(self) -> bool:
        return self.churn is not None and self.churn > CHURN_ALARM

    @property
    def metrics(self) -> dict[str, float]:
        """Gains in nats per bar with their lower bounds, and the churn."""
        numbers: dict[str, float] = {}
        named = {"over_one_state": self.over_one_state, "over_champion": self.over_champion}
        for name, gain in named.items():
            if gain is not None:
                numbers |= {f"gain_{name}": gain.per_bar, f"gain_{name}_low": gain.low}
        return numbers | ({} if self.churn is None else {"regime_churn": self.churn})


class TrainedRegimes(msgspec.Struct, frozen=True, kw_only=True):
    """The model to use; without a verdict the history was too short to compare.

    `warm_start` says what became of the champion's parameters among the starts of the fit.
    """

    model: RegimeModel
    choice: FeatureChoice
    verdict: RegimeVerdict | None
    is_champions: bool
    warm_start: str = NOT_NOTED

    @property
    def notes(self) -> dict[str, str]:
        """Facts in words for the registry: the kind of covariance, and the warm start."""
        return {
            "regime_covariance": self.model.covariance,
            "regime_warm_start": self.warm_start,
        }

    @property
    def metrics(self) -> dict[str, float]:
        """What a registry keeps of the training."""
        judged = self.verdict.metrics if self.verdict else {}
        return {"kept_champion": float(self.is_champions), **judged, **self.choice.metrics}


class TrainedHierarchy(msgspec.Struct, frozen=True, kw_only=True):
    """The market's states and the symbols' models within them, or why there are none.

    `is_champions`: the market's model is the champion's, the symbols' models are new.
    """

    model: HierarchicalModel | None = None
    why_none: str = ""
    choice: FeatureChoice | None = None
    verdict: RegimeVerdict | None = None
    is_champions: bool = False
    warm_start: str = NOT_NOTED

    @property
    def notes(self) -> dict[str, str]:
        """Facts in words for the registry: features, covariance, warm start, sparse states."""
        if self.model is None:
            return {"macro_states": "none", "macro_why_none": self.why_none}
        return {
            "macro_features": ", ".join(self.model.macro.feature_names),
            "macro_covariance": self.model.macro.covariance,
            "macro_warm_start": self.warm_start,
            "macro_sparse": ", ".join(self.model.sparse) or "none",
        }

    @property
    def metrics(self) -> dict[str, float]:
        """What a registry keeps, each name with `macro_` before it."""
        if self.model is None:
            return {"macro_states": 0.0}
        judged = self.verdict.metrics if self.verdict else {}
        numbers = {
            "states": float(len(self.model.macro.state_names)),
            "sparse": float(len(self.model.sparse)),
            "log_likelihood_per_bar": self.model.macro.log_likelihood_per_bar,
            "kept_champion": float(self.is_champions),
            **judged,
            **(self.choice.metrics if self.choice else {}),
        }
        return {f"macro_{name}": value for name, value in numbers.items()}
