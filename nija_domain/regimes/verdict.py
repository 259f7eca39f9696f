"""What a training of regimes found, as records that travel."""

import msgspec

from nija_domain.regimes.matching import CHURN_ALARM
from nija_domain.regimes.model import RegimeModel
from nija_domain.regimes.selection import Gain


class FeatureChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The features that serve, and what each candidate would have added, in nats per bar."""

    feature_names: tuple[str, ...]
    gains: dict[str, Gain]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
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


class TrainedRegimes(msgspec.Struct, frozen=True, kw_only=True):
    """The model to go on with; without a verdict the history was too short to judge on."""

    model: RegimeModel
    choice: FeatureChoice
    verdict: Verdict | None
    is_champions: bool

    @property
    def metrics(self) -> dict[str, float]:
        """What a registry keeps: gains in nats per bar with their lower bounds, and the churn."""
        verdict, told = self.verdict, {"kept_champion": float(self.is_champions)}
        if verdict is None:
            return told
        named = {"over_one_state": verdict.over_one_state, "over_champion": verdict.over_champion}
        for name, gain in named.items():
            if gain is not None:
                told |= {f"gain_{name}": gain.per_bar, f"gain_{name}_low": gain.low}
        return told | ({} if verdict.churn is None else {"regime_churn": verdict.churn})
