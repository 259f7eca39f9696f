"""A training of the market's states: named, judged, kept while they serve, or none and why."""

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from nija_domain.errors import SettingsInvalid
from nija_domain.features.history.feature_rows import compute_features
from nija_domain.features.table import FeatureTable
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.fitting.flat import fit_regimes
from nija_domain.regimes.fitting.macro_training import train_hierarchy
from nija_domain.regimes.fitting.plan import FitPlan
from nija_domain.regimes.fitting.training_verdict import TrainedHierarchy
from nija_domain.regimes.hierarchy import HierarchicalModel
from nija_domain.regimes.model import RegimeModel
from tests.fakes.candle_walks import BAR_US

PLAN = FitPlan(restarts=3, iterations=80, folds=2)
BARS = 3_000
SYMBOLS = ("BTC/USD", "ETH/USD", "SOL/USD")
DRIFT, SPREAD = np.array([0.0, 0.0012, 0.0]), np.array([0.0008, 0.0012, 0.006])


def _candles(symbol: str, moves: np.ndarray) -> CandleHistory:
    close = 100.0 * np.exp(np.cumsum(moves))
    return CandleHistory(
        symbol=symbol,
        ts_us=np.arange(len(moves), dtype=np.int64) * BAR_US,
        open=close,
        high=close * 1.0001,
        low=close * 0.9999,
        close=close,
        volume=np.ones(len(moves)),
    )


def _tables(seed: int, *, scale: float = 1.0, bars: int = BARS) -> list[FeatureTable]:
    """A market that is calm, trending or wild for two hundred bars at a time; symbols follow it."""
    rng = np.random.default_rng(seed)
    states = np.repeat(rng.permutation(np.arange(bars // 200 + 1) % 3), 200)[:bars]
    market = DRIFT[states] + SPREAD[states] * rng.normal(size=bars)
    return [
        compute_features(_candles(symbol, scale * (market + 0.0005 * rng.normal(size=bars))))
        for symbol in SYMBOLS
    ]


def _pooled(tables: list[FeatureTable]) -> RegimeModel:
    return fit_regimes(tables, feature_names=("log_return",), restarts=2, seed=7, iterations=50)


def _train(
    tables: list[FeatureTable],
    champion: HierarchicalModel | None = None,
    *,
    plan: FitPlan = PLAN,
) -> TrainedHierarchy:
    rng = np.random.default_rng(0)
    return train_hierarchy(tables, _pooled(tables), champion, plan=plan, rng=rng)


@pytest.fixture(scope="module")
def first() -> TrainedHierarchy:
    return _train(_tables(2))


def test_a_first_training_is_judged_and_survives_its_record(first: TrainedHierarchy) -> None:
    """Over one state of the market; every part comes back from JSON."""
    read = msgspec.json.decode(msgspec.json.encode(first), type=TrainedHierarchy)

    assert read == first
    assert first.model is not None
    assert first.model.macro.state_names == ("Calm", "Trend", "Chaos")
    assert first.metrics["macro_gain_over_one_state_low"] > 0.0
    assert first.notes["macro_sparse"] == "none"
    assert first.notes["macro_covariance"] == first.model.macro.covariance
    assert first.notes["macro_warm_start"] == "none, there is no champion"


def test_equal_input_gives_equal_models(first: TrainedHierarchy) -> None:
    """To the bit."""
    assert msgspec.json.encode(_train(_tables(2))) == msgspec.json.encode(first)


def test_another_night_keeps_the_champions_macro_model(first: TrainedHierarchy) -> None:
    """The micro models are fitted anew within its states."""
    found = _train(_tables(3), first.model)
    assert found.model is not None
    assert first.model is not None

    assert found.is_champions
    assert found.model.macro == first.model.macro
    assert found.model.expected == first.model.expected
    assert found.model.micro != first.model.micro
    assert found.warm_start in {"won", "lost to a cold start"}


def test_a_champion_that_knows_the_market_no_more_is_not_kept(first: TrainedHierarchy) -> None:
    """A market thirty times as wild is nothing that it has seen."""
    found = _train(_tables(4, scale=30.0), first.model)
    assert found.model is not None
    assert first.model is not None

    assert not found.is_champions
    assert found.model.macro != first.model.macro


def test_a_champion_of_other_features_is_no_champion(first: TrainedHierarchy) -> None:
    """What this version does not compute cannot be kept."""
    assert first.model is not None
    alien = replace(first.model, macro=replace(first.model.macro, feature_names=("moon",)))
    found = _train(_tables(2), alien)

    assert found.model == first.model
    assert found.warm_start == "none, the champion reads moon"


def test_a_short_history_has_no_states_of_the_market_and_says_why() -> None:
    """No model, and the sentence of what was missing."""
    tables = _tables(5, bars=240)
    found = _train(tables)

    assert found.model is None
    assert "too few" in found.why_none
    assert found.notes["macro_why_none"] == found.why_none
    assert found.metrics == {"macro_states": 0.0}


def test_settings_that_no_hierarchy_has_are_an_error_and_no_short_history() -> None:
    """A market read by four states is not one that shows none."""
    with pytest.raises(SettingsInvalid, match="states is 4"):
        _train(_tables(5, bars=800), plan=replace(PLAN, states=4))
