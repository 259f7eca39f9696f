"""The scanner ranks symbols against each other and says why each other one is out."""

import math

from hypothesis import given
from hypothesis import strategies as st

from nija_domain.universe.scanner import Scan, ScanRules, SymbolMetrics, scan_universe


def metrics(symbol: str, **changes: float) -> SymbolMetrics:
    usual = {
        "window_return": 0.0,
        "trend": 0.0,
        "volatility": 0.01,
        "atr_fraction": 0.01,
        "quote_volume": 1_000.0,
        "age_bars": 0.0,
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


def test_a_halted_symbol_is_out_whatever_its_numbers() -> None:
    """A candle older than the rule allows says that nobody can trade it."""
    scan = scan_universe(
        [metrics("GONE/USD", trend=1.0, window_return=1.0, age_bars=4.0), metrics("A/USD")],
        rules=ScanRules(top_n=1),
        members=("GONE/USD",),
    )

    assert [ranked.symbol for ranked in scan.kept] == ["A/USD"]
    assert scan.dropped["GONE/USD"] == "its newest candle is 4 bars old: halted or delisted"


def _ordered(*symbols: str) -> list[SymbolMetrics]:
    """Numbers that rank the symbols as they stand."""
    return [metrics(s, trend=1.0 - n / 100, window_return=-n) for n, s in enumerate(symbols)]


def _kept(scan: Scan) -> list[str]:
    return [ranked.symbol for ranked in scan.kept]


def test_a_close_race_changes_nothing() -> None:
    """Two symbols that swap places at the border do not swap their membership."""
    rules = ScanRules(top_n=2, stay_ranks=2)
    members = _kept(scan_universe(_ordered("A", "B", "C", "D"), rules=rules))
    for order in ("ACBD", "ABCD", "CABD", "ACBD"):
        members = _kept(scan_universe(_ordered(*order), rules=rules, members=members))

        assert sorted(members) == ["A", "B"]

    assert sorted(_kept(scan_universe(_ordered(*"ACBD"), rules=rules))) == ["A", "C"]


def test_a_clear_loss_is_a_loss() -> None:
    """A member that falls by more places than it is granted makes room for the best newcomer."""
    rules = ScanRules(top_n=2, stay_ranks=2)
    scan = scan_universe(_ordered("C", "D", "A", "E", "F", "B"), rules=rules, members=("A", "B"))

    assert _kept(scan) == ["C", "A"]
    assert scan.dropped["B"] == "outranked"


@given(st.lists(st.permutations("ABCDEFGH"), min_size=2, max_size=30), st.integers(1, 7))
def test_membership_changes_less_than_without_patience(orders: list[list[str]], top_n: int) -> None:
    """Whatever the orders: never more members than allowed, never a leader left out for long."""
    rules = ScanRules(top_n=top_n, stay_ranks=2)
    members: list[str] = []
    for order in orders:
        scan = scan_universe(_ordered(*order), rules=rules, members=members)
        stayed = set(members) & set(_kept(scan))
        outsiders = [s for s in order if s not in _kept(scan)]

        assert len(_kept(scan)) == top_n
        assert all(order.index(s) <= top_n + rules.stay_ranks for s in stayed)
        assert not outsiders or order.index(outsiders[0]) >= top_n - len(stayed)
        members = _kept(scan)
