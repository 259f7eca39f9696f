"""How much the symbols move as one.

For standardised returns z of n symbols the sum over all pairs i != j of z_i z_j is
(sum z)^2 - sum z^2: the mean over pairs costs one pass, not n squared. Over the mean square it is
at most one by the inequality of Cauchy and Schwarz.
"""

import math

from nija_domain.features.columns import ewma_volatility
from nija_domain.features.feature import Feature, MarketRow

SPAN_BARS = 96
WARM_UP_BARS = ewma_volatility.WARM_UP_BARS + 48
WEIGHT = 2.0 / (SPAN_BARS + 1.0)

INITIAL: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
"""Rows seen, rows that had two symbols, mean product of a pair, mean square."""


def step(state: tuple[float, ...], row: MarketRow) -> tuple[tuple[float, ...], float]:
    """A market that stands still, or has one symbol, shows no correlation."""
    rows_seen, pairs_seen, product, square = state
    rows_seen += 1.0
    total, squares, symbols = 0.0, 0.0, 0.0
    for number in range(len(row.returns)):
        volatility = row.volatilities[number]
        if volatility > 0.0:
            score = row.returns[number] / volatility
            total += score
            squares += score * score
            symbols += 1.0
    if symbols > 1.0:
        pairs_seen += 1.0
        weight = WEIGHT if WEIGHT * pairs_seen > 1.0 else 1.0 / pairs_seen
        pair = (total * total - squares) / (symbols * (symbols - 1.0))
        product += weight * (pair - product)
        square += weight * (squares / symbols - square)
    value = math.nan
    if rows_seen > WARM_UP_BARS:
        value = product / square if square > 0.0 else 0.0
    return (rows_seen, pairs_seen, product, square), value


FEATURE = Feature(
    name="mean_pairwise_correlation",
    unit="-1 to 1",
    formula=(
        f"EWMA({SPAN_BARS}) of the mean of z_i z_j over pairs / EWMA({SPAN_BARS}) of the mean of"
        " z_i^2, with z = log_return / ewma_volatility"
    ),
    warm_up_bars=WARM_UP_BARS,
    initial=INITIAL,
    step=step,
)
