"""`nija storm`: plays the seeds, and shortens what fails to the faults that it needs."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from storm.many import play_seeds
from storm.outcome import Outcome
from storm.report import StormReport, sum_up
from storm.run import play_seed
from storm.shrink import shortest_prefix

SHORTENED_MAX = 3
"""Each takes a run for every fault: the first ones are enough to begin with."""


def play_storm(
    first: int,
    seeds: int,
    *,
    faults: int | None = None,
    workers: int | None = None,
    advance: Callable[[], None] = lambda: None,
) -> StormReport:
    """`advance` is called after each seed."""

    def outcomes() -> Iterator[Outcome]:
        if faults is None:
            played = play_seeds(first, seeds, workers=workers)
        else:
            played = (play_seed(seed, faults=faults) for seed in range(first, first + seeds))
        for outcome in played:
            advance()
            yield outcome

    report = sum_up(outcomes(), first=first)
    if faults is not None:
        return replace(report, failed=[replace(each, faults=faults) for each in report.failed])
    short = [
        replace(each, faults=shortest_prefix(each.seed)) for each in report.failed[:SHORTENED_MAX]
    ]
    return replace(report, failed=[*short, *report.failed[SHORTENED_MAX:]])
