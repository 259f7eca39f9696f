"""From regime probabilities to the share of the allowed size."""

from collections.abc import Mapping

import msgspec

EXPOSURES: tuple[float, ...] = (0.0, 0.25, 0.5, 1.0)


class PolicyHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A share of the allowed size for each regime."""

    exposure_by_regime: dict[str, float]

    def __post_init__(self) -> None:
        for regime, exposure in self.exposure_by_regime.items():
            if not 0.0 <= exposure <= 1.0:
                raise ValueError(f"exposure of {regime} is {exposure}; it must lie in [0, 1]")


def wish_exposure(head: PolicyHead, filtered_probs: Mapping[str, float]) -> float:
    """The allowed action nearest to the expected exposure; of two equally near, the smaller."""
    exposures = head.exposure_by_regime
    expected = sum(
        [probability * exposures.get(regime, 0.0) for regime, probability in filtered_probs.items()]
    )
    distances = [abs(action - expected) for action in EXPOSURES]
    return EXPOSURES[distances.index(min(distances))]
