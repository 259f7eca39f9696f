"""`make install` ends here: the loops over history are compiled before anybody waits for them.

Otherwise the first training compiles them, and so does each process that runs beside it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nija_domain.features.table import FeatureTable
    from nija_domain.market.candles import CandleHistory

BARS, SEED = 400, 1


def compile_ahead() -> None:
    """Run each loop once on a small generated market; the compiled code stays on disk."""
    import numpy as np

    from nija_domain.features.history.feature_rows import compute_features, compute_market
    from nija_domain.regimes.fitting.flat import fit_model
    from nija_domain.regimes.fitting.plan import FitPlan, ModelSpec
    from nija_domain.regimes.history.drift import measure_drift
    from nija_domain.regimes.naming import RETURN_FEATURE
    from nija_domain.worlds.regime_switching import WorldSettings, generate_world

    settings, rng = WorldSettings(bars=BARS), np.random.default_rng(SEED)
    world = generate_world(("BTC/USD", "ETH/USD"), settings=settings, rng=rng)
    tables = [compute_features(candles) for candles in world.candles.values()]
    compute_market(tables)
    specs = (
        ModelSpec((RETURN_FEATURE, "atr_fraction"), "diag"),
        ModelSpec((RETURN_FEATURE, "atr_fraction"), "full"),
    )
    for spec in specs:
        model = fit_model(tables, spec, plan=FitPlan(restarts=1, iterations=2))
        measure_drift(model, tables, bars=BARS // 2)
    compile_rules(tables[0], world.candles["BTC/USD"])


def compile_rules(table: "FeatureTable", history: "CandleHistory") -> None:
    """What a back-test scans for the next wish of a rule."""
    import numpy as np

    from nija_domain.evaluation.foresight import Foresight, RuleHolding, next_wish
    from nija_domain.strategies.shelf import RULES, choose_preset

    shown = np.full((len(history), 3), 1.0 / 3.0)
    seen = Foresight(
        history=history,
        names=table.names,
        values=np.ascontiguousarray(table.values),
        beliefs=shown,
        shown=shown,
    )
    for name, rule in RULES.items():
        choice, nothing = choose_preset(name, next(iter(rule.presets))), RuleHolding(is_held=False)
        next_wish(seen, choice, rule.initial, range(len(history)), holding=nothing)


if __name__ == "__main__":
    compile_ahead()
