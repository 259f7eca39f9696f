"""A model goes on only where it surely foresees better on bars that it was not fitted on."""

import msgspec
import numpy as np
import pytest

from nija_domain.errors import HistoryTooShort, SettingsInvalid
from nija_domain.features.history.feature_rows import compute_features
from nija_domain.features.table import FeatureTable
from nija_domain.regimes.fitting.flat import fit_regimes
from nija_domain.regimes.fitting.gains import Gain, folds_over, measure_gain, rows_before
from nija_domain.regimes.fitting.inputs import judge_challenger
from nija_domain.regimes.fitting.plan import FitPlan
from tests.fakes.true_filters import draw_history

PLAN = FitPlan(restarts=3, iterations=80, folds=2)
RETURNS = ("log_return",)


def _tables(seed: int, *, bars: int = 3_000) -> list[FeatureTable]:
    return [compute_features(draw_history(degrees=6.0, bars=bars, seed=seed)[0])]


def _shuffled(table: FeatureTable, *, seed: int) -> FeatureTable:
    """The same returns in an order without any regime."""
    order = np.random.default_rng(seed).permutation(np.arange(1, len(table)))
    return msgspec.structs.replace(table, values=np.vstack([table.values[:1], table.values[order]]))


def _fit(tables: list[FeatureTable]):  # noqa: ANN202
    return fit_regimes(tables, feature_names=RETURNS, restarts=3, seed=1, iterations=80)


def test_folds_go_forward_and_never_overlap() -> None:
    """Each is judged on what comes after its history, purged bars apart, and all to the end."""
    (table,) = _tables(1)
    folds = folds_over([table], folds=3, purge_bars=20)
    step = int(table.ts_us[1] - table.ts_us[0])

    assert [fold.test_start_us - fold.fit_stop_us for fold in folds] == [20 * step] * 3
    assert folds[0].test_stop_us == folds[1].fit_stop_us
    assert folds[-1].test_stop_us > table.ts_us[-1]
    assert rows_before(table, folds[0].fit_stop_us).ts_us[-1] < folds[0].fit_stop_us


@pytest.mark.parametrize(("folds", "purge_bars"), [(0, 0), (2, -1)])
def test_folds_that_nobody_can_cut_are_refused(folds: int, purge_bars: int) -> None:
    """No history would be long enough."""
    with pytest.raises(SettingsInvalid, match="take one fold or more"):
        folds_over(_tables(1), folds=folds, purge_bars=purge_bars)


def test_a_history_too_short_for_its_folds_is_refused() -> None:
    """With what would help."""
    with pytest.raises(HistoryTooShort, match="take fewer folds"):
        folds_over(_tables(1), folds=3, purge_bars=500)


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Correlated differences of mean zero look proven in one case of forty, or little more."""
    rng = np.random.default_rng(0)
    proven = 0
    for _ in range(200):
        shocks = np.convolve(rng.normal(size=4_019), np.ones(20) / 20, mode="valid")
        gain = measure_gain([shocks], [np.zeros_like(shocks)], block_bars=100, rng=rng, draws=200)
        proven += gain.is_proven

    assert proven <= 200 * 0.025 + 12


def test_blocks_of_one_bar_would_take_luck_for_proof() -> None:
    """The same differences resampled bar by bar: the interval is far too narrow, and seen to be."""
    rng = np.random.default_rng(0)
    shocks = np.convolve(rng.normal(size=1_020), np.ones(20) / 20, mode="valid")
    wide = measure_gain([shocks], [np.zeros_like(shocks)], block_bars=100, rng=rng)
    narrow = measure_gain([shocks], [np.zeros_like(shocks)], block_bars=1, rng=rng)

    assert wide.high - wide.low > 2.0 * (narrow.high - narrow.low)


def test_nothing_to_judge_proves_nothing() -> None:
    """No bar, no gain."""
    gain = measure_gain([], [], block_bars=10, rng=np.random.default_rng(0))

    assert gain == Gain(per_bar=0.0, low=0.0, high=0.0, bars=0)
    assert not gain.is_proven


def test_regimes_that_are_there_beat_one_state() -> None:
    """Without a champion that is enough to be a challenger."""
    tables = _tables(2)
    verdict = judge_challenger(tables, _fit(tables), None, plan=PLAN, rng=np.random.default_rng(0))

    assert verdict.is_challenger
    assert verdict.over_one_state.per_bar > 0.05
    assert verdict.churn is None


def test_an_equal_champion_is_not_beaten() -> None:
    """The same history, the same model: nothing is gained, no bar is renamed, no one goes on."""
    tables = _tables(2)
    model = _fit(tables)
    verdict = judge_challenger(tables, model, model, plan=PLAN, rng=np.random.default_rng(0))

    assert not verdict.is_challenger
    assert verdict.churn == 0.0
    assert not verdict.is_renaming


def test_a_champion_of_another_market_is_beaten() -> None:
    """One that learned from returns without order foresees worse than what is fitted here."""
    tables = _tables(2)
    stale = _fit([_shuffled(tables[0], seed=3)])
    verdict = judge_challenger(tables, _fit(tables), stale, plan=PLAN, rng=np.random.default_rng(0))

    assert verdict.over_champion is not None
    assert verdict.over_champion.is_proven
    assert verdict.is_challenger
