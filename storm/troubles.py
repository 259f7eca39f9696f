"""When nothing that the executor could do would reach the venue."""

import msgspec


class Spell(msgspec.Struct, frozen=True):
    """Of one symbol, or of all."""

    kind: str
    begin_s: float
    end_s: float
    symbol: str | None = None


class Spells:
    def __init__(self) -> None:
        self._spells: list[Spell] = []

    def add(self, spell: Spell) -> None:
        self._spells.append(spell)

    def overlap_s(self, symbol: str, begin_s: float, end_s: float) -> float:
        """How long of a stretch it lasted, each moment counted once."""
        stretches = sorted(
            (max(each.begin_s, begin_s), min(each.end_s, end_s))
            for each in self._spells
            if each.symbol in (None, symbol) and each.begin_s < end_s and each.end_s > begin_s
        )
        total_s, reached_s = 0.0, begin_s
        for begin, end in stretches:
            total_s += max(0.0, end - max(begin, reached_s))
            reached_s = max(reached_s, end)
        return total_s
