"""What forbids or limits entries now: words of authorities, halts, and jumps of a price.

Directives that stop (reduce-only, suspend) are words: each of one authority, ended by its time, by
its newer word of the same strictness, or by whoever may lift it; never by another's milder word.
Those that limit (universe, weights) stay in force until a newer one comes, so that silent pipelines
never make an entry larger.
"""

import msgspec
from msgspec.structs import replace

from nija_domain.events.records import DirectiveReceived, HaltTripped
from nija_domain.events.session_records import (
    AGENTS_IN_CORE,
    AUTHORITIES,
    LAPSED_WEIGHTS_HOLD,
    NEWEST_RULES,
    SWIFT_COVER,
    EventQuarantined,
)
from nija_domain.market.timeframes import utc_day
from nija_domain.releases.directive import Directive, decode_directive
from nija_domain.safety.authorities import LEVELS, MAY_LIFT, Restriction, restriction_of
from nija_domain.safety.halts import ROLLBACK

OWN_SLOTS = ("universe", "allocations", "symbol_weights")


class Restrictions(msgspec.Struct, frozen=True, kw_only=True):
    """What forbids or limits entries: everything that was said and has not ended.

    `directives` are by slot, `words` by authority and level, `tripped` halts by hard limit, and
    `stepped` symbols have the jump's bar. `killed` is why a person killed trading. `fault` is what
    the program failed at in this session: whatever it misses, it buys nothing.
    """

    directives: dict[str, Directive] = {}
    words: dict[str, Restriction] = {}
    directive_number: int = 0
    tripped: dict[str, HaltTripped] = {}
    rollback_day: int = -1
    stepped: dict[str, int] = {}
    killed: str = ""
    fault: str = ""
    rules: int = NEWEST_RULES

    @property
    def halts(self) -> frozenset[str]:
        """The hard limits whose halts are in force."""
        return frozenset(self.tripped)

    def halts_spent(self, day: int) -> frozenset[str]:
        """Halts that do not trip now: they are in force, or were ended by a release today."""
        is_spent = self.rules < AGENTS_IN_CORE or self.rollback_day == day
        return self.halts | ({ROLLBACK} if is_spent else set())

    def in_force(self, slot: str, at_us: int) -> Directive | None:
        """The directive in force in this slot, if there is one."""
        directive = self.directives.get(slot)
        if directive is None or not directive.is_expired(at_us):
            return directive
        is_held = slot in OWN_SLOTS and self.rules >= LAPSED_WEIGHTS_HOLD
        return directive if is_held else None

    def words_in_force(self, at_us: int) -> list[Restriction]:
        """Which authorities forbid every entry, the strictest word first."""
        found = [word for word in self.words.values() if word.is_in_force(at_us)]
        return sorted(found, key=lambda word: word.strictness) if found else found

    def directive_against(self, symbol: str, *, at_us: int) -> str | None:
        """Which directive forbids to enter this symbol, as a sentence; None if none does."""
        if words := self.words_in_force(at_us):
            return f"{words[0].source}: {words[0].why}"
        universe = self.in_force("universe", at_us)
        if universe and symbol not in universe.symbols:
            return f"directive {universe.number} leaves it out of the universe"
        return None

    def agent_weight(self, agent: str, *, at_us: int) -> float:
        """The share of the tradable capital that the agent may use; by default all of it."""
        return self._weight("allocations", agent, at_us)

    def symbol_weight(self, symbol: str, *, at_us: int) -> float:
        """The share of the tradable capital that may be used in the symbol."""
        return self._weight("symbol_weights", symbol, at_us)

    def _weight(self, slot: str, name: str, at_us: int) -> float:
        directive = self.in_force(slot, at_us)
        return directive.weights.get(name, 0.0) if directive else 1.0

    def with_directive(self, event: DirectiveReceived) -> "Restrictions":
        """The restrictions with this directive. An approval or a kill holds nothing by itself."""
        directive = decode_directive(event.content)
        after = self
        if directive.is_expired(event.at_us) and self.rules >= SWIFT_COVER:
            # A word that comes after its end must not take the place of one that holds.
            return replace(self, directive_number=event.number)
        if directive.kind in OWN_SLOTS:
            after = replace(self, directives={**self.directives, directive.kind: directive})
        elif directive.kind in LEVELS:
            after = self._with_word(directive, at_us=event.at_us)
        elif directive.kind == "resume":
            after = self._resumed(directive)
        return replace(after, directive_number=event.number)

    def _with_word(self, directive: Directive, *, at_us: int) -> "Restrictions":
        """Renewed before its end, it goes on since its beginning."""
        name = f"{directive.given_by}/{LEVELS[directive.kind]}"
        known = self.words.get(name)
        since_us = known.since_us if known and known.is_in_force(at_us) else at_us
        word = restriction_of(directive, since_us=since_us)
        # Before the fifth rules there was one word for all authorities, the newest.
        others = self.words if self.rules >= AUTHORITIES else {}
        return replace(self, words={**others, name: word})

    def _resumed(self, directive: Directive) -> "Restrictions":
        """Whoever resumes lifts what the table of authorities leaves to it."""
        if self.rules < AUTHORITIES:
            return replace(self, words={}, fault="")
        by = directive.given_by
        return replace(
            self,
            words={n: word for n, word in self.words.items() if by not in MAY_LIFT[word.authority]},
            fault="" if by in MAY_LIFT["guardian"] else self.fault,
        )

    def with_fault(self, event: EventQuarantined) -> "Restrictions":
        return replace(self, fault=f"{event.kind}: {event.reason}")

    def with_halt(self, event: HaltTripped) -> "Restrictions":
        is_rollback = event.limit == ROLLBACK
        return replace(
            self,
            tripped={**self.tripped, event.limit: event},
            rollback_day=utc_day(event.at_us) if is_rollback else self.rollback_day,
        )

    def without_halt(self, limit: str) -> "Restrictions":
        return replace(self, tripped={n: each for n, each in self.tripped.items() if n != limit})

    def with_step(self, symbol: str, ts_us: int) -> "Restrictions":
        return replace(self, stepped={**self.stepped, symbol: ts_us})

    def trained_until(self, trained_us: dict[str, int]) -> "Restrictions":
        """Symbols whose release was trained beyond their jump are released."""
        stepped = {s: ts_us for s, ts_us in self.stepped.items() if trained_us.get(s, 0) < ts_us}
        return replace(self, stepped=stepped)
