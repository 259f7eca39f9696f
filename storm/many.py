"""Plays many seeds, on as many cores as there are."""

import multiprocessing
import os
from collections.abc import Iterator

from storm.outcome import Outcome
from storm.run import play_seed


def play_seeds(first: int, count: int, *, workers: int | None = None) -> Iterator[Outcome]:
    """As they end. One worker plays them in this process."""
    seeds = range(first, first + count)
    workers = min(workers or len(os.sched_getaffinity(0)), count)
    if workers == 1:
        yield from map(play_seed, seeds)
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers) as pool:
        yield from pool.imap_unordered(play_seed, seeds, chunksize=4)
