"""The result of a back-test for its judges: the return of every bar, and the trades."""

from decimal import Decimal

import msgspec
import numpy as np

from nija_domain.evaluation.backtest import Backtest


class Outcome(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Returns from mark to mark of the account, all symbols together."""

    at_us: tuple[int, ...]
    returns: tuple[float, ...]
    trades: int


def outcome_of(backtest: Backtest, *, starting_cash: Decimal) -> Outcome:
    """From mark to mark, the first against the cash at the start."""
    equity = np.array([float(mark.equity) for mark in backtest.equity])
    before = np.concatenate([[float(starting_cash)], equity[:-1]])
    return Outcome(
        at_us=tuple(mark.at_us for mark in backtest.equity),
        returns=tuple((equity / before - 1.0).tolist()),
        trades=len(backtest.trades),
    )
