"""The expectation step of many Gaussian hidden Markov models at once, compiled.

Every compiled function stands in this file: numba's cache on disk watches no other.
Only the recursions over time run bar by bar; all else runs over blocks of bars that stay in the
first cache, so that the compiler can take several bars at a time.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numba
import numpy as np
import numpy.typing as npt

Compiled = TypeVar("Compiled", bound=Callable[..., object])
Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]
Plain = tuple[Any, ...]
Width = tuple[float, ...]
"""An entry per state: its length, unlike an array's, is known to the compiler."""

BLOCK_BARS = 256
# Weights are relative to the likeliest state: one below e^-300 is none, and stays a normal float.
LOG_WEIGHT_MIN = -300.0
RESCALED_BELOW = 1e-40

LOG2_E = 1.4426950408889634
LN_2_HIGH, LN_2_LOW = 0.6931471803691238, 1.9082149292705877e-10
ROUNDING = 6755399441055744.0  # 1.5 × 2^52: what is added to it is rounded to a whole number
EXPONENT_BIAS, MANTISSA_BITS = 1023, 52

jit = numba.njit(nogil=True, error_model="numpy", fastmath={"contract"})
# Sums may be taken in another order than written; what is no number stays visible.
jit_sums = numba.njit(nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})


class FeatureStretches(NamedTuple):
    """A row per feature and a column per bar; stretches of them; what each chain reads of these.

    A stretch is a pair of first bar and end, a share one of first stretch and end.
    """

    rows: Floats
    spans: Whole
    shares: Whole


class Chains(NamedTuple):
    """The parameters of many models, one after another, as densities need them.

    `whitening` times a centred row has variance one; `log_norms` is the log density at the mean.
    """

    width: Width
    is_full: bool
    start: Floats
    transition: Floats
    means: Floats
    whitening: Floats
    log_norms: Floats


class Sums(NamedTuple):
    """The sufficient statistics of many models; `second` holds the lower triangle."""

    start: Floats
    transition: Floats
    mass: Floats
    first: Floats
    second: Floats
    log_likelihood: Floats


class Place(NamedTuple):
    """A block of bars, from `low` to `stop`, of the stretch that begins at `first`."""

    first: int
    low: int
    stop: int


class Room(NamedTuple):
    """What a fit writes on: two lattices of state by bar, and buffers of a block."""

    weights: Floats
    forward: Floats
    block: Floats
    product: Floats
    shifted: Floats
    powers: Floats


@jit
def _exponentiate(values: Floats, bars: int, room: Room) -> None:
    """e to the values, in place: 2^n by its bits, the rest by Taylor to the last place.

    Written out because a call to the library for each bar would take most of the time of a fit.
    """
    shifted, powers = room.shifted, room.powers
    bits, power_bits = shifted.view(np.int64), powers.view(np.int64)
    for bar in range(bars):
        shifted[bar] = values[bar] * LOG2_E + ROUNDING
    for bar in range(bars):
        power_bits[bar] = (bits[bar] + EXPONENT_BIAS) << MANTISSA_BITS
    for bar in range(bars):
        whole = shifted[bar] - ROUNDING
        rest = (values[bar] - whole * LN_2_HIGH) - whole * LN_2_LOW
        series = 1.0 / 479001600.0
        series = series * rest + 1.0 / 39916800.0
        series = series * rest + 1.0 / 3628800.0
        series = series * rest + 1.0 / 362880.0
        series = series * rest + 1.0 / 40320.0
        series = series * rest + 1.0 / 5040.0
        series = series * rest + 1.0 / 720.0
        series = series * rest + 1.0 / 120.0
        series = series * rest + 1.0 / 24.0
        series = series * rest + 1.0 / 6.0
        series = series * rest + 0.5
        values[bar] = ((series * rest + 1.0) * rest + 1.0) * powers[bar]


@jit_sums
def _measure(rows: Floats, place: Place, chains: Chains, chain: int, room: Room) -> None:
    """The log density of each bar of a block in each state, into the room's block."""
    bars = place.stop - place.low
    block, product, means = room.block, room.product, chains.means[chain]
    for state in range(len(means)):
        for bar in range(bars):
            block[state, bar] = chains.log_norms[chain, state]
        for row in range(len(rows)):
            for bar in range(bars):
                product[bar] = 0.0
            for column in range(0 if chains.is_full else row, row + 1):
                factor = chains.whitening[chain, state, row, column]
                mean, values = means[state, column], rows[column, place.low : place.stop]
                for bar in range(bars):
                    product[bar] += factor * (values[bar] - mean)
            for bar in range(bars):
                block[state, bar] -= 0.5 * product[bar] * product[bar]


@jit_sums
def _weigh(rows: Floats, place: Place, chains: Chains, chain: int, room: Room) -> float:
    """Each bar's density by state over the largest of them; the sum of the logs of the largest."""
    low, bars = place.low - place.first, place.stop - place.low
    block, largest, log_peaks = room.block, room.product, 0.0
    _measure(rows, place, chains, chain, room)
    for bar in range(bars):
        largest[bar] = block[0, bar]
    for state in range(1, len(block)):
        for bar in range(bars):
            largest[bar] = max(largest[bar], block[state, bar])
    for bar in range(bars):
        log_peaks += largest[bar]
    for state in range(len(block)):
        weights = room.weights[state, low : low + bars]
        for bar in range(bars):
            weights[bar] = max(block[state, bar] - largest[bar], LOG_WEIGHT_MIN)
        _exponentiate(weights, bars, room)
    return log_peaks


@jit_sums
def _go_forward(place: Place, chains: Chains, chain: int, room: Room) -> float:
    """The forward probabilities of a block, scaled at its end and where they get small.

    The log of what they were scaled by; minus infinity where no state can be.
    """
    low, stop = place.low - place.first, place.stop - place.first
    transition, weights, forward = chains.transition[chain], room.weights, room.forward
    log_scale = 0.0
    for bar in range(low, stop):
        total = 0.0
        for state in range(len(chains.width)):
            reached = 0.0
            if bar == 0:
                reached = chains.start[chain, state]
            else:
                for origin in range(len(chains.width)):
                    reached += forward[origin, bar - 1] * transition[origin, state]
            reached *= weights[state, bar]
            forward[state, bar] = reached
            total += reached
        if not total >= RESCALED_BELOW or bar == stop - 1:
            if not total > 0.0:
                return -math.inf
            for state in range(len(chains.width)):
                forward[state, bar] /= total
                weights[state, bar] /= total
            log_scale += math.log(total)
    return log_scale


@jit_sums
def _go_backward(place: Place, chains: Chains, chain: int, room: Room) -> None:
    """The posteriors of a block; its weights become weight times backward probability."""
    low, stop = place.low - place.first, place.stop - place.first
    transition, weights, posterior = chains.transition[chain], room.weights, room.block
    for bar in range(stop - 1, low - 1, -1):
        for state in range(len(chains.width)):
            ahead = 0.0
            for target in range(len(chains.width)):
                ahead += transition[state, target] * weights[target, bar + 1]
            posterior[state, bar - low] = room.forward[state, bar] * ahead
            weights[state, bar] *= ahead


@jit_sums
def _sum_moments(
    rows: Floats, place: Place, chains: Chains, chain: int, room: Room, sums: Sums
) -> None:
    """Adds the mass and the first two moments of each state over a block."""
    product, bars = room.product, place.stop - place.low
    for state in range(len(room.block)):
        posterior, total = room.block[state], 0.0
        for bar in range(bars):
            total += posterior[bar]
        sums.mass[chain, state] += total
        for row in range(len(rows)):
            total, values = 0.0, rows[row, place.low : place.stop]
            for bar in range(bars):
                product[bar] = posterior[bar] * values[bar]
                total += product[bar]
            sums.first[chain, state, row] += total
            for column in range(0 if chains.is_full else row, row + 1):
                total, values = 0.0, rows[column, place.low : place.stop]
                for bar in range(bars):
                    total += product[bar] * values[bar]
                sums.second[chain, state, row, column] += total


@jit_sums
def _sum_moves(place: Place, chains: Chains, chain: int, room: Room, sums: Sums) -> None:
    """Adds the expected moves into the bars of a block; its first bar comes from nowhere."""
    low, stop = max(place.low - place.first, 1), place.stop - place.first
    for state in range(len(room.block)):
        left = room.forward[state, low - 1 : stop - 1]
        for target in range(len(room.block)):
            right, total = room.weights[target, low:stop], 0.0
            for bar in range(stop - low):
                total += left[bar] * right[bar]
            share = chains.transition[chain, state, target]
            sums.transition[chain, state, target] += total * share
    if place.low == place.first:
        for state in range(len(room.block)):
            sums.start[chain, state] += room.block[state, 0]


@jit
def _expect_stretch(
    rows: Floats, span: Whole, chains: Chains, chain: int, room: Room, sums: Sums
) -> None:
    """Adds the statistics of one stretch: forward block by block, and back again."""
    first, end = span[0], span[1]
    for low in range(first, end, BLOCK_BARS):
        place = Place(first, low, min(low + BLOCK_BARS, end))
        log_likelihood = _weigh(rows, place, chains, chain, room)
        log_likelihood += _go_forward(place, chains, chain, room)
        sums.log_likelihood[chain] += log_likelihood
    # Behind the last bar everything is possible: the rows of a transition sum to one.
    room.weights[:, end - first] = 1.0
    for low in range(first + (end - first - 1) // BLOCK_BARS * BLOCK_BARS, first - 1, -BLOCK_BARS):
        place = Place(first, low, min(low + BLOCK_BARS, end))
        _go_backward(place, chains, chain, room)
        _sum_moments(rows, place, chains, chain, room, sums)
        _sum_moves(place, chains, chain, room, sums)


def _compile_cached(function: Compiled) -> Compiled:
    """Kept on disk; compiled by each process where no folder for that can be written."""
    try:
        compiled: Compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return compiled


# Plain tuples, for a cache on disk that names a class cannot be read once the class is gone.
@_compile_cached
def expect(plain_market: Plain, plain_chains: Plain, plain_room: Plain, plain_sums: Plain) -> None:
    """Adds the statistics of every chain."""
    market, chains = FeatureStretches(*plain_market), Chains(*plain_chains)
    room, sums = Room(*plain_room), Sums(*plain_sums)
    for chain in range(len(market.shares)):
        for number in range(market.shares[chain, 0], market.shares[chain, 1]):
            _expect_stretch(market.rows, market.spans[number], chains, chain, room, sums)
