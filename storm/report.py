"""What many seeds came to, in the numbers that have to be zero."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from storm.branches import BRANCHES
from storm.course import KINDS
from storm.outcome import COUNTED, Outcome


class Failure(msgspec.Struct, frozen=True):
    """A seed that something went wrong with, what did, and the command that repeats it.

    `faults` is the shortest prefix of its faults that still fails; None where it was not searched.
    """

    seed: int
    wrong: dict[str, list[str]]
    faults: int | None = None

    @property
    def command(self) -> str:
        prefix = "" if self.faults is None else f" --faults {self.faults}"
        return f"nija storm --first {self.seed} --seeds 1{prefix}"


class StormReport(msgspec.Struct, frozen=True, kw_only=True):
    """Each count is over all seeds; `journal_hash` is that of the last journal of the last seed."""

    first: int
    seeds: int
    duplicate_orders: int
    oversold: int
    limit_breaches: int
    lost_fills: int
    unexplained_balances: int
    unknown_after_recovery: int
    foreign_touched: int
    failures: int
    unprotected_s_max: float
    unprotected_s_sum: float
    orders: int
    starts: int
    faults_hit: dict[str, int]
    branches_hit: dict[str, int]
    not_hit: list[str]
    failed: list[Failure]
    journal_hash: str

    @property
    def is_passed(self) -> bool:
        """Faults and branches that so few seeds did not hit are told, and fail nothing."""
        return not self.failed

    def as_line(self) -> str:
        commands = [{"seed": each.seed, "repeat": each.command} for each in self.failed]
        shown = {**msgspec.to_builtins(self), "repeat": commands, "passed": self.is_passed}
        return msgspec.json.encode(shown).decode()


def sum_up(outcomes: Iterable[Outcome], *, first: int) -> StormReport:
    """The report over these seeds, whatever order they ended in."""
    hits: Counter[str] = Counter()
    branches: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    failed: list[Failure] = []
    seeds = orders = starts = 0
    longest_s = sum_s = 0.0
    journal_hash = ""
    for outcome in sorted(outcomes, key=lambda each: each.seed):
        seeds, orders, starts = seeds + 1, orders + outcome.orders, starts + outcome.lives
        hits.update(outcome.hits)
        branches.update(outcome.branches)
        wrong.update({name: len(getattr(outcome, name)) for name in COUNTED})
        longest_s = max(longest_s, outcome.unprotected_s_max)
        sum_s += outcome.unprotected_s_sum
        journal_hash = outcome.journal_hash
        if outcome.wrong:
            failed.append(Failure(outcome.seed, outcome.wrong))
    missed = [name for name in (*KINDS, *BRANCHES) if not (hits[name] or branches[name])]
    return StormReport(
        first=first,
        seeds=seeds,
        **{name: wrong[name] for name in COUNTED},
        unprotected_s_max=round(longest_s, 3),
        unprotected_s_sum=round(sum_s, 3),
        orders=orders,
        starts=starts,
        faults_hit={name: hits[name] for name in KINDS},
        branches_hit={name: branches[name] for name in BRANCHES},
        not_hit=missed,
        failed=failed,
        journal_hash=journal_hash,
    )
