"""What forbids or narrows entries now: directives, hard limits that were passed, stepped prices.

A directive to stop (reduce-only, suspend) ends with its time. What bounds entries (universe,
weights) is bound to be renewed: where that fails the last word stays in force, so that a silence
of the pipelines never makes an entry larger.
"""

import msgspec
from msgspec.structs import replace

from nija_domain.events.records import DirectiveReceived
from nija_domain.events.session_records import LAPSED_WEIGHTS_HOLD, NEWEST_RULES
from nija_domain.releases.directive import ONCE, Directive, decode_directive

NO_ENTRIES = ("reduce_only", "suspend")
OWN_SLOTS = ("universe", "allocations", "symbol_weights")


class Restrictions(msgspec.Struct, frozen=True, kw_only=True):
    """`directives` by slot; `halts` by hard limit; `stepped` symbols with the bar that stepped."""

    directives: dict[str, Directive] = {}
    directive_number: int = 0
    halts: frozenset[str] = frozenset()
    stepped: dict[str, int] = {}
    rules: int = NEWEST_RULES

    def in_force(self, slot: str, at_us: int) -> Directive | None:
        """The newest of this slot; of the trading slot, unless its time has run out."""
        directive = self.directives.get(slot)
        if directive is None or not directive.is_expired(at_us):
            return directive
        is_held = slot in OWN_SLOTS and self.rules >= LAPSED_WEIGHTS_HOLD
        return directive if is_held else None

    def directive_against(self, symbol: str, *, at_us: int) -> str | None:
        """Why no directive in force lets this symbol be entered, if one does not."""
        trading = self.in_force("trading", at_us)
        if trading and trading.kind in NO_ENTRIES:
            return f"directive {trading.number} says {trading.kind}: {trading.reason}"
        universe = self.in_force("universe", at_us)
        if universe and symbol not in universe.symbols:
            return f"directive {universe.number} leaves it out of the universe"
        return None

    def agent_weight(self, agent: str, *, at_us: int) -> float:
        """The share of the tradable capital that the agent may have at work; all by default."""
        return self._weight("allocations", agent, at_us)

    def symbol_weight(self, symbol: str, *, at_us: int) -> float:
        """The share of the tradable capital that may be at work in the symbol."""
        return self._weight("symbol_weights", symbol, at_us)

    def _weight(self, slot: str, name: str, at_us: int) -> float:
        directive = self.in_force(slot, at_us)
        return directive.weights.get(name, 0.0) if directive else 1.0

    def with_directive(self, event: DirectiveReceived) -> "Restrictions":
        """What a person approves of once holds no slot."""
        directive = decode_directive(event.content)
        numbered = replace(self, directive_number=event.number)
        if directive.kind in ONCE:
            return numbered
        return replace(numbered, directives={**self.directives, slot_of(directive): directive})

    def with_halt(self, limit: str) -> "Restrictions":
        return replace(self, halts=self.halts | {limit})

    def without_halt(self, limit: str) -> "Restrictions":
        return replace(self, halts=self.halts - {limit})

    def with_step(self, symbol: str, ts_us: int) -> "Restrictions":
        return replace(self, stepped={**self.stepped, symbol: ts_us})

    def trained_until(self, trained_us: dict[str, int]) -> "Restrictions":
        """What was trained beyond a step has passed the contract: the step is over there."""
        stepped = {s: ts_us for s, ts_us in self.stepped.items() if trained_us.get(s, 0) < ts_us}
        return replace(self, stepped=stepped)


def slot_of(directive: Directive) -> str:
    """Each slot holds its newest directive; resuming takes the place of what suspended."""
    return directive.kind if directive.kind in OWN_SLOTS else "trading"
