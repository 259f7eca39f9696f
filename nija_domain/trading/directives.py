"""What the directives in force forbid now. They narrow the release; expired, they are as if not."""

from nija_domain.releases.directive import Directive
from nija_domain.trading.state import State

NO_ENTRIES = ("reduce_only", "suspend")


def slot_of(directive: Directive) -> str:
    """Each slot holds its newest directive; resuming takes the place of what suspended."""
    return directive.kind if directive.kind in {"universe", "allocations"} else "trading"


def find_directive_against(state: State, symbol: str, *, at_us: int) -> str | None:
    """Why no directive in force lets this symbol be entered, if one does not."""
    trading = _in_force(state, "trading", at_us)
    if trading and trading.kind in NO_ENTRIES:
        return f"directive {trading.number} says {trading.kind}: {trading.reason}"
    universe = _in_force(state, "universe", at_us)
    if universe and symbol not in universe.symbols:
        return f"directive {universe.number} leaves it out of the universe"
    return None


def agent_weight(state: State, agent: str, *, at_us: int) -> float:
    """The share of equity that the agent may have at work; all of it where nobody said less."""
    allocations = _in_force(state, "allocations", at_us)
    return allocations.weights.get(agent, 0.0) if allocations else 1.0


def _in_force(state: State, slot: str, at_us: int) -> Directive | None:
    directive = state.directives.get(slot)
    return directive if directive and not directive.is_expired(at_us) else None
