"""`make install` ends here: the loops over history are compiled before anybody waits for them.

Otherwise the first training compiles them, and so does each process that runs beside it.
"""

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


if __name__ == "__main__":
    compile_ahead()
