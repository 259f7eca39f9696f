"""What a position is expected to pay, by the release's calibrated model."""

from collections.abc import Mapping
from functools import cache

import msgspec

from nija_domain.market.timeframes import YEAR_US
from nija_domain.policies.head import EXPOSURES


class RewardModel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Net return of the stake over the holding time, by regime and by action of EXPOSURES."""

    holding_us: int
    net_returns: dict[str, tuple[float, ...]]

    def __post_init__(self) -> None:
        if self.holding_us <= 0:
            raise ValueError(f"holding_us is {self.holding_us}; it must be positive")
        for regime, returns in self.net_returns.items():
            if len(returns) != len(EXPOSURES) or not all(-1.0 <= r <= 1.0 for r in returns):
                raise ValueError(
                    f"net_returns of {regime} are {returns}; give one in [-1, 1] for each of"
                    f" the actions {EXPOSURES}"
                )


def expect_return(
    model: RewardModel, filtered_probs: Mapping[str, float], *, exposure: float
) -> float:
    """Annualised, after costs; a regime that the model does not know pays nothing."""
    action, net_returns = _nearest_action(exposure), model.net_returns
    expected = sum(
        [
            probability * net_returns[regime][action]
            for regime, probability in filtered_probs.items()
            if regime in net_returns
        ]
    )
    return expected * YEAR_US / model.holding_us


@cache
def _nearest_action(exposure: float) -> int:
    """Which of EXPOSURES is meant: a policy's wish is one of them."""
    return min(range(len(EXPOSURES)), key=lambda index: abs(EXPOSURES[index] - exposure))
