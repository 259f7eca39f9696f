"""What the directives in force forbid now; they narrow the release.

An order to stop (reduce-only, suspend) ends with its time. What bounds entries (universe, weights)
is bound to be renewed: where that fails the last word stays in force, so that a silence of the
pipelines never makes an entry larger.
"""

from nija_domain.events.capital_records import ApprovalDecided
from nija_domain.events.records import DirectiveReceived
from nija_domain.events.session_records import LAPSED_WEIGHTS_HOLD
from nija_domain.releases.directive import ONCE, Directive, decode_directive
from nija_domain.trading.state import State

NO_ENTRIES = ("reduce_only", "suspend")
OWN_SLOTS = ("universe", "allocations", "symbol_weights")


def slot_of(directive: Directive) -> str:
    """Each slot holds its newest directive; resuming takes the place of what suspended."""
    return directive.kind if directive.kind in OWN_SLOTS else "trading"


def approval_of(event: DirectiveReceived) -> tuple[ApprovalDecided, ...]:
    """What a person has approved of by directive; too late, it is refused and recorded."""
    directive = decode_directive(event.content)
    if directive.kind not in ONCE:
        return ()
    return (
        ApprovalDecided(
            at_us=event.at_us,
            what=ONCE[directive.kind],
            is_granted=not directive.is_expired(event.at_us),
            directive=event.number,
            why=directive.reason,
        ),
    )


def find_directive_against(state: State, symbol: str, *, at_us: int) -> str | None:
    """Why no directive in force lets this symbol be entered, if one does not."""
    trading = directive_in_force(state, "trading", at_us)
    if trading and trading.kind in NO_ENTRIES:
        return f"directive {trading.number} says {trading.kind}: {trading.reason}"
    universe = directive_in_force(state, "universe", at_us)
    if universe and symbol not in universe.symbols:
        return f"directive {universe.number} leaves it out of the universe"
    return None


def agent_weight(state: State, agent: str, *, at_us: int) -> float:
    """The share of the tradable capital that the agent may have at work; all if nobody told."""
    return _weight(state, "allocations", agent, at_us)


def symbol_weight(state: State, symbol: str, *, at_us: int) -> float:
    """The share of the tradable capital that may be at work in the symbol."""
    return _weight(state, "symbol_weights", symbol, at_us)


def _weight(state: State, slot: str, name: str, at_us: int) -> float:
    told = directive_in_force(state, slot, at_us)
    return told.weights.get(name, 0.0) if told else 1.0


def directive_in_force(state: State, slot: str, at_us: int) -> Directive | None:
    """The newest that was told for this slot; of the trading slot, unless its time has run out."""
    directive = state.directives.get(slot)
    if directive is None or not directive.is_expired(at_us):
        return directive
    is_held = slot in OWN_SLOTS and state.rules >= LAPSED_WEIGHTS_HOLD
    return directive if is_held else None
