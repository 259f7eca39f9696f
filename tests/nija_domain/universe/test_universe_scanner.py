"""The scanner ranks symbols against each other and says why each other one is out."""

import math

from hypothesis import given
from hypothesis import strategies as st

from nija_domain.universe.scanner import ScanRules, SymbolMetrics, scan_universe


def metrics(symbol: str, **changes: float) -> SymbolMetrics:
    usual = {
        "window_return": 0.0,
        "trend": 0.0,
        "volatility": 0.01,
        "atr_fraction": 0.01,
        "quote_volume": 1_000.0,
    }
    return SymbolMetrics(symbol=symbol, **(usual | changes))


def test_two_negatives_never_make_a_positive() -> None:
    """A symbol that falls in a falling trend ranks under one that does neither."""
    falling = metrics("DOWN/USD", window_return=-0.2, trend=-0.9)
    flat = metrics("FLAT/USD")

    scan = scan_universe([falling, flat], rules=ScanRules(top_n=2))

    assert [ranked.symbol for ranked in scan.kept] == ["FLAT/USD", "DOWN/USD"]


def test_every_symbol_that_is_out_has_a_reason() -> None:
    """Thin, quiet, unknown and outranked are four different reasons."""
    scan = scan_universe(
        [
            metrics("A/USD", trend=0.9),
            metrics("B/USD", trend=0.1),
            metrics("THIN/USD", quote_volume=1.0),
            metrics("QUIET/USD", atr_fraction=0.0001),
            metrics("NEW/USD", volatility=math.nan),
        ],
        rules=ScanRules(top_n=1, quote_volume_min=10.0, atr_fraction_min=0.001),
    )

    assert [ranked.symbol for ranked in scan.kept] == ["A/USD"]
    assert scan.dropped["B/USD"] == "outranked"
    assert "quote volume" in scan.dropped["THIN/USD"]
    assert "ATR" in scan.dropped["QUIET/USD"]
    assert "volatility is not known" in scan.dropped["NEW/USD"]


@given(
    st.lists(st.tuples(*[st.floats(-1, 1, allow_nan=False)] * 3), min_size=1, max_size=12),
    st.integers(1, 12),
)
def test_scores_lie_in_the_unit_interval_and_fall(
    rows: list[tuple[float, float, float]], top_n: int
) -> None:
    """Whatever the numbers, scores are products of ranks in (0, 1], best first."""
    universe = [
        metrics(f"S{n}/USD", window_return=r, trend=t, volatility=v)
        for n, (r, t, v) in enumerate(rows)
    ]

    kept = scan_universe(universe, rules=ScanRules(top_n=top_n)).kept

    scores = [ranked.score for ranked in kept]
    assert len(kept) == min(top_n, len(rows))
    assert all(0.0 < score <= 1.0 for score in scores)
    assert scores == sorted(scores, reverse=True)
