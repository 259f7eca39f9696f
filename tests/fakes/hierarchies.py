"""A hierarchy whose parameters are known, and releases that carry it, made without fitting."""

from collections.abc import Mapping
from functools import cache

from msgspec.structs import replace

from nija_domain.features.history.feature_rows import compute_features, compute_market
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.fitting.hierarchical import expect_bars
from nija_domain.regimes.hierarchy import MACRO_NAMES, HierarchicalModel
from nija_domain.regimes.model import RegimeModel
from nija_domain.releases.content import ReleaseContent
from nija_domain.releases.history.cuts import cut_histories, cut_market
from nija_domain.strategies.arms import Arms
from tests.fakes.regime_worlds import KNOWN_MODEL
from tests.fakes.stages import content_after, draw_candles

MACRO_MODEL = RegimeModel(
    feature_names=("mean_return", "btc_volatility", "dispersion", "mean_pairwise_correlation"),
    center=(0.0, 0.002, 0.001, 0.4),
    scale=(0.002, 0.001, 0.001, 0.3),
    outlier_limit=5.0,
    state_names=MACRO_NAMES,
    start_probs=(0.4, 0.3, 0.3),
    transition=((0.97, 0.02, 0.01), (0.02, 0.97, 0.01), (0.02, 0.02, 0.96)),
    means=((0.0, -0.5, -0.3, 0.0), (0.5, 0.0, 0.0, 0.2), (0.0, 1.0, 0.5, 0.4)),
    variances=((0.4, 0.5, 0.5, 1.0), (0.6, 0.5, 0.5, 1.0), (2.0, 2.0, 2.0, 1.0)),
    log_likelihood_per_bar=-4.0,
    bars_fitted=1,
    converged=True,
)


def _spread(factor: float) -> RegimeModel:
    variances = tuple(tuple(factor * v for v in row) for row in KNOWN_MODEL.variances)
    return replace(KNOWN_MODEL, variances=variances)


@cache
def known_hierarchy() -> HierarchicalModel:
    """What it expects of a bar is measured on a world of its own."""
    tables = [compute_features(history) for history in draw_candles(bars=600, seed=1).values()]
    return HierarchicalModel(
        macro=MACRO_MODEL,
        expected=expect_bars(MACRO_MODEL, compute_market(tables).as_features()),
        micro={"Calm": KNOWN_MODEL, "Trend": _spread(1.5), "Chaos": _spread(4.0)},
        sparse=("Calm",),
    )


def hierarchical_after(
    histories: Mapping[str, CandleHistory], *, arms: Arms | None = None
) -> ReleaseContent:
    """An eager release with a model of the market, cut at the end of these histories."""
    hierarchy, known = known_hierarchy(), histories.values()
    return replace(
        content_after(histories, arms=arms),
        cuts=cut_histories(known, model=KNOWN_MODEL, hierarchy=hierarchy),
        hierarchy=hierarchy,
        market=cut_market(known, hierarchy=hierarchy),
    )
