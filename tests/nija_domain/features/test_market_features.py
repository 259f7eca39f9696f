"""Market-wide features: their formulas, their causality, and a stream that gives the same."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.features.history.causality import find_market_gaps, find_market_look_ahead
from nija_domain.features.history.feature_rows import compute_features, compute_market
from nija_domain.features.registry import MARKET_FEATURES, MARKET_NAMES
from nija_domain.features.stream import initial_market_states
from nija_domain.features.table import FeatureTable, MarketTable
from nija_domain.market.candles import CandleHistory
from tests.fakes.candle_walks import BAR_US, random_walk

SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD")
ODD_CUTS = (1, 2, 13, 29, 30, 31, 77, 78, 79, 149, 257)


def _histories(bars: int, *, seed: int) -> list[CandleHistory]:
    """Four walks; the last is listed late and halts for a while."""
    walks = [random_walk(bars=bars, seed=seed + n, symbol=s) for n, s in enumerate(SYMBOLS)]
    late = walks.pop()
    kept = np.r_[bars // 5 : bars // 2, bars // 2 + 9 : bars]
    columns = {name: getattr(late, name)[kept] for name in late.__struct_fields__[1:]}
    return [*walks, msgspec.structs.replace(late, **columns)]


def _tables(histories: list[CandleHistory]) -> list[FeatureTable]:
    return [compute_features(history) for history in histories]


def _column(table: MarketTable, name: str) -> np.ndarray:
    return table.values[:, table.names.index(name)]


def _rows_at(tables: list[FeatureTable], ts_us: int) -> list[dict[str, float]]:
    rows = []
    for table in tables:
        at = np.flatnonzero(table.ts_us == ts_us)
        rows += [dict(zip(table.names, table.values[row], strict=True)) for row in at]
    return [row for row in rows if not np.isnan(row["log_return"])]


def test_means_and_dispersions_are_those_of_the_symbols_that_have_a_bar() -> None:
    """Each row against a plain mean and deviation over whoever traded then."""
    tables = _tables(_histories(200, seed=3))
    market = compute_market(tables)
    returns = [
        [row["log_return"] for row in _rows_at(tables, ts_us)]
        for ts_us in market.ts_us[1:].tolist()
    ]

    np.testing.assert_allclose(_column(market, "mean_return")[1:], [np.mean(r) for r in returns])
    np.testing.assert_allclose(_column(market, "dispersion")[1:], [np.std(r) for r in returns])


def test_correlation_is_the_mean_over_all_pairs() -> None:
    """The one-pass sum is the double loop over pairs, under the same weights."""
    tables = _tables(_histories(260, seed=5))
    market = compute_market(tables)
    products, squares, weights = [], [], []
    for ts_us in market.ts_us.tolist():
        warm = [row for row in _rows_at(tables, ts_us) if row["ewma_volatility"] > 0.0]
        scores = [row["log_return"] / row["ewma_volatility"] for row in warm]
        if len(scores) > 1:
            pairs = [a * b for i, a in enumerate(scores) for j, b in enumerate(scores) if i != j]
            products.append(np.mean(pairs))
            squares.append(np.mean(np.square(scores)))
            weights.append(max(2 / 97, 1 / len(products)))
    kept = np.append(np.cumprod(1.0 - np.array(weights)[::-1])[::-1][1:], 1.0) * weights

    assert _column(market, "mean_pairwise_correlation")[-1] == pytest.approx(
        np.sum(kept * products) / np.sum(kept * squares), rel=1e-10
    )


def test_correlation_knows_a_herd_from_a_crowd() -> None:
    """Symbols that move as one have one, opposites minus one, strangers about zero."""
    one = random_walk(bars=900, seed=7)
    inverse = {name: 1.0 / getattr(one, name) for name in ("open", "high", "low", "close")}
    inverse["high"], inverse["low"] = inverse["low"], inverse["high"]
    herd = [msgspec.structs.replace(one, symbol=symbol) for symbol in SYMBOLS]
    pair = [one, msgspec.structs.replace(one, symbol="SHORT/USD", **inverse)]
    crowd = [random_walk(bars=900, seed=20 + n, symbol=f"S{n}") for n in range(12)]
    last = [
        _column(compute_market(_tables(market)), "mean_pairwise_correlation")[-1]
        for market in (herd, pair, crowd)
    ]

    assert last[0] == pytest.approx(1.0)
    assert last[1] == pytest.approx(-1.0)
    assert abs(last[2]) < 0.1


def test_the_leaders_volatility_outlasts_its_halt() -> None:
    """While the leader has no bar its last volatility stands; without a leader there is none."""
    histories = [
        msgspec.structs.replace(history, symbol=symbol)
        for history, symbol in zip(_histories(200, seed=9), SYMBOLS[::-1], strict=True)
    ]
    tables = _tables(histories)
    market = compute_market(tables)
    halted = np.searchsorted(market.ts_us, 103 * BAR_US)
    before = np.searchsorted(market.ts_us, 99 * BAR_US)
    volatility = _column(market, "btc_volatility")

    assert volatility[halted] == volatility[before] > 0.0
    assert np.isnan(_column(compute_market(tables[:3]), "btc_volatility")).all()


def test_warm_up_is_as_told() -> None:
    """Each feature is NaN for its warm-up and a number from then on."""
    table = compute_market(_tables(_histories(300, seed=11)))

    for feature in MARKET_FEATURES:
        column = _column(table, feature.name)

        assert np.isnan(column[: feature.warm_up_bars]).all(), feature.name
        assert np.isfinite(column[feature.warm_up_bars :]).all(), feature.name


@given(seed=st.integers(0, 2**32))
@settings(max_examples=5, deadline=None)
def test_no_market_feature_looks_ahead(seed: int) -> None:
    """The market's rows before a cut are the same whatever came after, and a stream gives them."""
    histories = _histories(300, seed=seed)
    cuts_us = [cut * BAR_US for cut in ODD_CUTS]

    assert find_market_look_ahead(histories, cuts_us=cuts_us) == []
    assert find_market_gaps(_tables(histories)) == []


def _peek(tables: list[FeatureTable]) -> MarketTable:
    table = compute_market(tables)
    values = table.values.copy()
    column = MARKET_NAMES.index("dispersion")
    values[:-1, column] = values[1:, column]
    return msgspec.structs.replace(table, values=values)


def test_a_planted_peek_is_named() -> None:
    """A market-wide feature that tells the next row is found by both checks, it alone."""
    histories = _histories(120, seed=13)
    ahead = find_market_look_ahead(histories, cuts_us=[77 * BAR_US], compute=_peek)
    gaps = find_market_gaps(_tables(histories), compute=_peek)

    assert [sentence.split()[0] for sentence in (*ahead, *gaps)] == ["dispersion"] * 2


def test_an_empty_market_is_an_empty_table() -> None:
    """No symbol, no row, and the states of a stream that has not begun."""
    table = compute_market([])

    assert table.values.shape == (0, len(MARKET_FEATURES))
    assert table.final_states == initial_market_states()
