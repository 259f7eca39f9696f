"""What a release is made from, except its history."""

import hashlib

import msgspec
from msgspec.structs import replace

from nija_domain.capital.limits import HardLimits
from nija_domain.capital.sizing import SizingParameters
from nija_domain.policies.head import PolicyHead
from nija_domain.regimes.hierarchy import HierarchicalModel
from nija_domain.regimes.model import RegimeModel
from nija_domain.strategies.agents import Agent, agent_alone
from nija_domain.strategies.contract import StrategyChoice


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """Trained models and settings, as one value."""

    timeframe_us: int
    regimes: RegimeModel
    policy: PolicyHead
    agents: tuple[Agent, ...]
    envelope: HardLimits
    sizing: SizingParameters = SizingParameters()
    hierarchy: HierarchicalModel | None = None

    def with_strategy(self, choice: StrategyChoice) -> "Recipe":
        """The same recipe with only this strategy as its agent; no presets compete."""
        return replace(self, agents=agent_alone(choice))

    def subject(self, data_snapshot: int) -> str:
        """An id that is equal only for equal recipes on the same candles."""
        parts = (self, data_snapshot)
        return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()[:16]
