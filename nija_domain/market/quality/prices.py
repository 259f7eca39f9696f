"""Rules about numbers: impossible bars, spikes against jumps, frozen prices.

Here both neighbours of a bar may be looked at: this judges a stored history, it decides nothing
at the bar's own time. The first and the last bar have one neighbour and are never spikes.
"""

from collections.abc import Iterator

import numpy as np

from nija_domain.market.candles import FloatColumn
from nija_domain.market.quality.rules import Problem
from nija_domain.market.quality.sheet import Judged, Mask, Rows, Sheet
from nija_domain.market.quality.stamps import Occasion
from nija_domain.market.quality.steps import (
    find_excursions,
    find_steps,
    is_confirmed,
    step_problem,
)

PRICES = ("open", "high", "low", "close")
FROZEN_BARS = 24
MONEY_MAX = 1e18
"""Of any quote currency in one bar; beyond it sums of volumes lose every other bar."""

SCALE_BARS = 200
LEAP_SCALES = 20.0
LEAP_MIN = 0.03
"""A log distance: no spike, whatever the scale, under three per cent."""

WICK_MIN = 0.4
"""Crashes have printed wicks of a fifth; half of the price within a bar is a misprint."""

CONTINUOUS_LEAP_MIN = 0.15
RETURN_SHARE = 0.2
NORMAL_OF_MAD = 1.4826


def drop_impossible(sheet: Sheet, _occasion: Occasion) -> Judged:
    problems = tuple(_impossible(sheet))
    if not problems:
        return Judged(sheet)
    rows = np.array([problem.row for problem in problems], dtype=np.int64)
    return Judged(sheet.at(~np.isin(sheet.rows, rows)), problems)


def _impossible(sheet: Sheet) -> Iterator[Problem]:
    prices = sheet.values[:, :4]
    bad_prices = ~(np.isfinite(prices) & (prices > 0.0))
    for row, column in zip(*np.nonzero(bad_prices), strict=True):
        text = f"{PRICES[column]} is {prices[row, column]}; a price must be finite and positive"
        yield sheet.problem(row, "price", text)
    highest = np.maximum(sheet.column("open"), sheet.column("close"))
    lowest = np.minimum(sheet.column("open"), sheet.column("close"))
    outside = (highest > sheet.column("high")) | (lowest < sheet.column("low"))
    for row in np.flatnonzero(outside & ~bad_prices.any(axis=1)):
        low, high = sheet.column("low")[row], sheet.column("high")[row]
        yield sheet.problem(row, "range", f"open or close is outside low {low} to high {high}")
    volumes = sheet.column("volume")
    lowest_money = volumes * np.minimum(lowest, sheet.column("low"))
    for row in np.flatnonzero(~((volumes >= 0.0) & (np.nan_to_num(lowest_money) <= MONEY_MAX))):
        text = (
            f"volume is {volumes[row]}; a volume must not be negative or worth more than all money"
        )
        yield sheet.problem(row, "volume", text)


def separate_spikes(sheet: Sheet, occasion: Occasion) -> Judged:
    """A price that is back at once was never there; one that stays is a warning."""
    if not len(sheet):
        return Judged(sheet)
    logs = {name: np.log(sheet.column(name)) for name in PRICES}
    threshold = np.maximum(LEAP_SCALES * _scales(logs["close"]), LEAP_MIN)
    spikes = _spikes(logs, threshold) & _has_neighbours(sheet, occasion)
    before = np.append(logs["open"][:1], logs["close"][:-1])
    leaps = np.abs(logs["close"] - before)
    jumps = (leaps > threshold) & ~spikes & ~np.roll(spikes, 1)
    problems = [
        sheet.problem(row, "spike", f"the price jumps to {sheet.column('close')[row]} and back")
        for row in np.flatnonzero(spikes)
    ]
    kept, excursions = _without_excursions(sheet.at(~spikes), occasion)
    problems += excursions
    steps = tuple(step_problem(kept, row) for row in _unconfirmed_steps(kept, occasion))
    gone = np.isin(sheet.rows, [problem.row or 0 for problem in (*excursions, *steps)])
    problems += [
        sheet.problem(row, "jump", f"the price jumps by {np.expm1(leaps[row]):.1%} and stays there")
        for row in np.flatnonzero(jumps & ~gone)
    ]
    return Judged(kept, (*problems, *steps))


def _without_excursions(sheet: Sheet, occasion: Occasion) -> tuple[Sheet, list[Problem]]:
    closes = sheet.column("close")
    away = find_excursions(closes, _unconfirmed_steps(sheet, occasion))
    problems = [
        sheet.problem(
            row, "spike", f"the price jumps to {closes[row]} and is back within a few bars"
        )
        for row in np.flatnonzero(away)
    ]
    return sheet.at(~away), problems


def _unconfirmed_steps(sheet: Sheet, occasion: Occasion) -> Rows:
    """Over gaps and broken rows too: the close before is the last that is known."""
    frame_us, confirmed_us = occasion.timeframe_us, occasion.confirmed_us
    rows = find_steps(sheet.column("close"))
    is_open = [
        not is_confirmed(int(ts_us), timeframe_us=frame_us, confirmed_us=confirmed_us)
        for ts_us in sheet.ts[rows]
    ]
    unconfirmed: Rows = rows[np.array(is_open, dtype=np.bool_)]
    return unconfirmed


def _scales(log_closes: FloatColumn) -> FloatColumn:
    """Per row, the robust deviation of one bar's return in its block of bars."""
    returns = np.abs(np.diff(log_closes, prepend=log_closes[0]))
    blocks = np.arange(len(returns)) // SCALE_BARS
    starts = np.arange(0, len(returns), SCALE_BARS)
    medians = np.array([np.median(returns[start : start + SCALE_BARS]) for start in starts])
    scales: FloatColumn = NORMAL_OF_MAD * medians[blocks]
    return scales


def _spikes(logs: dict[str, FloatColumn], threshold: FloatColumn) -> Mask:
    """Three shapes of a misprint: a displaced bar, one displaced number, a path there and back."""
    before = np.append(logs["open"][:1], logs["close"][:-1])
    after = np.append(logs["open"][1:], logs["close"][-1:])
    away_in, away_out = logs["open"] - before, logs["close"] - after
    moved_on = np.abs(after - before)
    displaced = (
        (np.abs(away_in) > threshold)
        & (np.abs(away_out) > threshold)
        & (np.sign(away_in) == np.sign(away_out))
        & (moved_on < RETURN_SHARE * np.abs(away_in))
    )
    is_open_alone = (np.abs(away_in) > threshold) & (
        np.abs(logs["close"] - before) < RETURN_SHARE * np.abs(away_in)
    )
    is_close_alone = (np.abs(away_out) > threshold) & (moved_on < RETURN_SHARE * np.abs(away_out))
    spikes: Mask = displaced | is_open_alone | is_close_alone | _wicks(logs, threshold)
    return spikes | _paths(logs["close"], threshold)


def _wicks(logs: dict[str, FloatColumn], threshold: FloatColumn) -> Mask:
    body_top = np.maximum(logs["open"], logs["close"])
    body_bottom = np.minimum(logs["open"], logs["close"])
    reach = np.maximum(logs["high"] - body_top, body_bottom - logs["low"])
    wicks: Mask = reach > np.maximum(threshold, WICK_MIN)
    return wicks


def _paths(log_closes: FloatColumn, threshold: FloatColumn) -> Mask:
    """Closes that leave and return in two bars, however the bars between connect."""
    there = np.diff(log_closes, prepend=log_closes[0])
    back = np.append(np.diff(log_closes), 0.0)
    far = np.abs(there) > np.maximum(threshold, CONTINUOUS_LEAP_MIN)
    paths: Mask = far & (np.abs(there + back) < RETURN_SHARE * np.abs(there))
    return paths


def _has_neighbours(sheet: Sheet, occasion: Occasion) -> Mask:
    """The bars right before and right after are there; over a gap prices may move."""
    adjacent = np.diff(sheet.ts) == occasion.timeframe_us
    has: Mask = np.insert(adjacent, 0, values=False) & np.append(adjacent, values=False)
    return has


def find_frozen_stretches(sheet: Sheet, _occasion: Occasion) -> Judged:
    """One still bar is no news, a day of them is."""
    closes = sheet.column("close")
    stretches = still_stretches(sheet.column("high"), sheet.column("low"), closes)
    return Judged(
        sheet,
        tuple(
            sheet.problem(
                stop,
                "frozen",
                f"the price did not move from {closes[stop]} for {stop - start} bars",
            )
            for start, stop in stretches
        ),
    )


def still_stretches(
    highs: FloatColumn, lows: FloatColumn, closes: FloatColumn
) -> tuple[tuple[int, int], ...]:
    """Long stretches without any movement: the row before each, and its last row."""
    is_still = (np.diff(closes) == 0.0) & (highs == lows)[1:]
    edges = np.flatnonzero(np.diff(np.concatenate(([0], is_still.astype(np.int8), [0]))))
    pairs = edges.reshape(-1, 2).tolist()
    return tuple((start, stop) for start, stop in pairs if stop - start >= FROZEN_BARS)
