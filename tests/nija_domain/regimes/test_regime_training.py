"""A training changes the regimes when the market did, and not with each night's data."""

import msgspec
import numpy as np
import pytest

from nija_domain.errors import SettingsInvalid
from nija_domain.features.history.feature_rows import compute_features
from nija_domain.features.table import FeatureTable
from nija_domain.regimes.fitting.flat_training import train_regimes
from nija_domain.regimes.fitting.matching import reorder_states
from nija_domain.regimes.fitting.plan import FitPlan
from nija_domain.regimes.fitting.training_verdict import TrainedRegimes
from nija_domain.regimes.model import RegimeModel
from tests.fakes.true_filters import draw_history

PLAN = FitPlan(restarts=3, iterations=80, folds=2)
CANDIDATES = ("trend_strength",)


def _tables(seed: int, *, bars: int = 3_000) -> list[FeatureTable]:
    return [compute_features(draw_history(degrees=6.0, bars=bars, seed=seed)[0])]


def _widened(table: FeatureTable, by: float) -> FeatureTable:
    """The same history with larger returns."""
    values = table.values.copy()
    values[:, table.names.index("log_return")] *= by
    return msgspec.structs.replace(table, values=values)


def _train(
    tables: list[FeatureTable], champion: RegimeModel | None, *, is_drifting: bool = False
) -> TrainedRegimes:
    return train_regimes(
        tables,
        champion,
        is_drifting=is_drifting,
        candidates=CANDIDATES,
        plan=PLAN,
        rng=np.random.default_rng(0),
    )


def test_a_first_training_is_judged_against_one_state() -> None:
    """And survives the record that carries it."""
    found = _train(_tables(2), None)
    read = msgspec.json.decode(msgspec.json.encode(found), type=TrainedRegimes)

    assert read == found
    assert not found.is_champions
    assert found.model.feature_names == ("log_return",)
    assert found.metrics["gain_over_one_state_low"] > 0.0
    assert "gain_over_champion" not in found.metrics


def test_another_night_of_the_same_market_keeps_the_champion() -> None:
    """What is not surely better does not replace it."""
    champion = _train(_tables(2), None).model
    found = _train(_tables(3), champion)

    assert found.is_champions
    assert found.model == champion
    assert found.metrics["kept_champion"] == 1.0


def test_a_drifting_champion_is_not_kept() -> None:
    """Or the drift would ask for the next training at once, and for ever."""
    champion = _train(_tables(2), None).model
    found = _train(_tables(3), champion, is_drifting=True)

    assert not found.is_champions
    assert found.model != champion


def test_a_champion_of_another_market_is_replaced_under_its_names() -> None:
    """The states keep the places that the champion gave them, whatever their ranks are now."""
    tables = _tables(2)
    champion = _train([_widened(table, 1.6) for table in tables], None).model
    turned = reorder_states(champion, (2, 1, 0), names=("x", "y", "z"))
    found = _train(tables, turned)
    spreads = [variances[0] for variances in found.model.variances]

    assert not found.is_champions
    assert found.model.state_names == ("x", "y", "z")
    assert np.argsort(spreads).tolist() == np.argsort([v[0] for v in turned.variances]).tolist()


def test_a_short_history_is_fitted_and_not_judged() -> None:
    """Without a verdict nothing is claimed, and no champion is kept for that."""
    champion = _train(_tables(2), None).model
    found = _train(_tables(4, bars=380), champion)

    assert found.verdict is None
    assert found.metrics == {"kept_champion": 0.0}


def test_only_a_short_history_leaves_no_verdict() -> None:
    """Settings that cannot be met are an error: they were taken for a short history before."""
    with pytest.raises(SettingsInvalid, match="take one fold or more"):
        train_regimes(
            _tables(4, bars=380),
            None,
            candidates=(),
            plan=msgspec.structs.replace(PLAN, folds=0),
            rng=np.random.default_rng(0),
        )
