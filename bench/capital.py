"""What one size costs with its full waterfall; nothing to compare with but the limit."""

import statistics
import time

from bench.report import Report, Row, against_limit
from nija_domain.capital.limits import HardLimits
from nija_domain.capital.presets import PRESETS
from nija_domain.capital.sizing import EntryRequest, size_entry

ROUNDS, SIZES = 15, 2_000
LIMIT_S = 100e-6
REQUEST = EntryRequest(
    tradable=1_036.0,
    portfolio_value=1_048.0,
    free_cash=1_000.0,
    annual_volatility=0.30,
    expected_return=0.15,
    regime_probs={"BULL_TRENDING": 0.7, "RANGING": 0.2, "CRISIS": 0.1},
    total_open=48.0,
    agent_weight=0.4,
    symbol_weight=0.2,
    cost_rate=0.01,
)


def measure() -> Report:
    return Report(bench="capital", threads=1, rows=[_row(name) for name in PRESETS])


def _row(preset: str) -> Row:
    parameters, limits = PRESETS[preset].sizing, HardLimits()
    rounds_s = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(SIZES):
            sizing = size_entry(REQUEST, parameters=parameters, limits=limits)
        rounds_s.append((time.perf_counter() - start) / SIZES)
    return against_limit(
        preset,
        statistics.median(rounds_s),
        limit_s=LIMIT_S,
        worst_s=max(rounds_s),
        steps=len(sizing.waterfall),
        size=round(sizing.value, 2),
    )
