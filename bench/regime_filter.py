"""What a bar costs the executor: a symbol's filters, and its share of the market's."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from bench.report import Report, Row, against_limit

if TYPE_CHECKING:
    from nija_domain.regimes.hierarchy import HierarchicalModel
    from nija_domain.regimes.model import RegimeModel

ROUNDS, STEPS = 5, 2_000
STEP_S_MAX = 50e-6
SYMBOLS = 9
PROBS = (0.3, 0.3, 0.4)
ROW = (0.001, 0.002, 0.1)
INPUTS = ("log_return", "ewma_volatility", "trend_strength")
MACRO_FEATURES = ("mean_return", "dispersion", "mean_pairwise_correlation")


def measure() -> Report:
    return Report(
        bench="regime_filter",
        threads=1,
        rows=[
            row
            for kind, model in (("diagonal", _model(INPUTS)), ("full", _leaning(_model(INPUTS))))
            for row in _measure(_hierarchy(model), kind=kind)
        ],
    )


def _measure(whole: "HierarchicalModel", *, kind: str) -> list[Row]:
    from nija_domain.regimes.filter import FilterState, step_filter
    from nija_domain.regimes.hierarchy import initial_macro, initial_micro, joint_probs, step_micro

    pooled, start = whole.micro["Calm"], FilterState(PROBS)
    macro, micro = initial_macro(whole), initial_micro(whole)

    def step_all() -> object:
        step_filter(pooled, start, ROW)
        return joint_probs(whole, macro=macro, micro=step_micro(whole, micro, ROW))

    one = _time_s(lambda: step_filter(pooled, start, ROW))
    own, market = _time_s(step_all), _time_s(_market_step(whole))
    whole_bar = own + market / SYMBOLS
    steps_s = {
        f"{kind}: one filter of a symbol": one,
        f"{kind}: pooled filter, three micro filters, joint": own,
        f"{kind}: the market of {SYMBOLS} symbols": market,
        f"{kind}: a symbol's bar, its share of the market's in": whole_bar,
    }
    return [against_limit(case, step_s, limit_s=STEP_S_MAX) for case, step_s in steps_s.items()]


def _hierarchy(model: "RegimeModel") -> "HierarchicalModel":
    from msgspec.structs import replace

    from nija_domain.regimes.hierarchy import MACRO_NAMES, Expectation, HierarchicalModel

    return HierarchicalModel(
        macro=replace(model, feature_names=MACRO_FEATURES, state_names=MACRO_NAMES),
        expected=Expectation(-3.0, 1.0),
        micro=dict.fromkeys(MACRO_NAMES, model),
        sparse=(),
    )


def _model(feature_names: tuple[str, ...]) -> "RegimeModel":
    from nija_domain.regimes.model import RegimeModel

    return RegimeModel(
        feature_names=feature_names,
        center=(0.0, 0.002, 0.0),
        scale=(0.002, 0.001, 0.6),
        outlier_limit=5.0,
        state_names=("Bull", "Bear", "Chop"),
        start_probs=PROBS,
        transition=((0.98, 0.01, 0.01), (0.01, 0.98, 0.01), (0.01, 0.01, 0.98)),
        means=((0.6, -0.3, 1.1), (-0.6, 0.9, -1.1), (0.0, -0.5, 0.0)),
        variances=((0.8, 0.3, 0.25), (1.6, 0.6, 0.25), (0.4, 0.2, 0.2)),
        log_likelihood_per_bar=-3.0,
        bars_fitted=1,
        converged=True,
    )


def _leaning(model: "RegimeModel") -> "RegimeModel":
    """The same variances, each feature a half correlated with every other."""
    import numpy as np
    from msgspec.structs import replace

    from nija_domain.regimes.history.covariance import triangles_of, whiten

    deviations = np.sqrt(np.array(model.variances))
    correlation = 0.5 * (np.eye(len(INPUTS)) + 1.0)
    covariances = correlation * deviations[:, :, None] * deviations[:, None, :]
    return replace(model, whitening=triangles_of(whiten(covariances)))


def _market_step(whole: "HierarchicalModel") -> Callable[[], object]:
    from nija_domain.features.feature import MarketRow
    from nija_domain.features.stream import initial_market_states, step_market
    from nija_domain.regimes.hierarchy import initial_macro, step_macro

    row = MarketRow([0.001 * number for number in range(SYMBOLS)], [0.002] * SYMBOLS, 0.002)
    states, macro = initial_market_states(MACRO_FEATURES), initial_macro(whole)

    def step() -> object:
        step_market(states, row, MACRO_FEATURES)
        return step_macro(whole, macro, ROW)

    return step


def _time_s(step: Callable[[], object]) -> float:
    """The best of some rounds: what the step costs when nothing else runs."""
    took_s = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(STEPS):
            step()
        took_s.append((time.perf_counter() - start) / STEPS)
    return min(took_s)
