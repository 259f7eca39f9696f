"""Walk-forward folds: fit on what came before, judge on the stretch after it."""

from itertools import pairwise

import msgspec
import numpy as np
import numpy.typing as npt

from nija_domain.errors import HistoryTooShort, SettingsInvalid


class Fold(msgspec.Struct, frozen=True):
    """Fit on what opened before `fit_stop_us`, judge from `test_start_us` up to `test_stop_us`."""

    fit_stop_us: int
    test_start_us: int
    test_stop_us: int


def walk_forward(
    bar_times_us: npt.NDArray[np.int64], *, folds: int, purge_bars: int
) -> tuple[Fold, ...]:
    """Ever longer histories to fit on, each with the stretch after it, some bars apart.

    The bars between hold features that still remember the history; nothing is judged on them.
    """
    if purge_bars < 0 or folds < 1:
        raise SettingsInvalid(
            f"{folds} folds with {purge_bars} bars purged cannot be cut; take one fold or more, and"
            " no bar or more"
        )
    times_us = np.unique(bar_times_us)
    edges = np.linspace(len(times_us) / 2, len(times_us), folds + 1).astype(np.int64)
    if int(np.diff(edges).min()) <= purge_bars:
        raise HistoryTooShort(
            f"{len(times_us)} bars do not hold {folds} folds with {purge_bars} bars purged from"
            " each; take fewer folds or bring more history"
        )
    ends_us = [*times_us.tolist(), int(times_us[-1]) + 1]
    return tuple(
        Fold(ends_us[start], ends_us[start + purge_bars], ends_us[stop])
        for start, stop in pairwise(edges.tolist())
    )
