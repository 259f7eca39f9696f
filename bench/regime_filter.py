"""What a bar costs the executor: one step of a symbol's filter, and of the whole hierarchy."""

import time
from collections.abc import Callable

from bench.report import Report, Row

ROUNDS, STEPS = 5, 2_000
STEP_US_MAX = 50.0


def measure() -> Report:
    from nija_domain.regimes.filter import FilterState, step_filter
    from nija_domain.regimes.hierarchy import (
        Expectation,
        HierarchicalModel,
        initial_hierarchy,
        step_hierarchy,
    )
    from nija_domain.regimes.model import RegimeModel

    model = RegimeModel(
        feature_names=("log_return", "ewma_volatility", "trend_strength"),
        center=(0.0, 0.002, 0.0),
        scale=(0.002, 0.001, 0.6),
        outlier_limit=5.0,
        state_names=("Bull", "Bear", "Chop"),
        start_probs=(0.3, 0.3, 0.4),
        transition=((0.98, 0.01, 0.01), (0.01, 0.98, 0.01), (0.01, 0.01, 0.98)),
        means=((0.6, -0.3, 1.1), (-0.6, 0.9, -1.1), (0.0, -0.5, 0.0)),
        variances=((0.8, 0.3, 0.25), (1.6, 0.6, 0.25), (0.4, 0.2, 0.2)),
        log_likelihood_per_bar=-3.0,
        bars_fitted=1,
        converged=True,
    )
    micro = dict.fromkeys(("Calm", "Trend", "Chaos"), model)
    whole = HierarchicalModel(macro=model, expected=Expectation(-3.0, 1.0), micro=micro, sparse=())
    state, start, row = FilterState((0.3, 0.3, 0.4)), initial_hierarchy(whole), (0.001, 0.002, 0.1)
    return Report(
        bench="regime_filter",
        threads=1,
        rows=[
            _row("step of a symbol", lambda: step_filter(model, state, row)),
            _row(
                "step of the hierarchy",
                lambda: step_hierarchy(whole, start, market=row, symbol=row),
            ),
        ],
    )


def _row(case: str, step: Callable[[], object]) -> Row:
    took_us = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(STEPS):
            step()
        took_us.append((time.perf_counter() - start) / STEPS * 1e6)
    best = round(min(took_us), 1)
    return {"case": case, "step_us": best, "step_us_max": STEP_US_MAX, "agree": best < STEP_US_MAX}
