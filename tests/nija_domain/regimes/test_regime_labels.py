"""Regimes learned from a first half are told causally in the second, nearly as well as can be."""

import logging
import math

import msgspec
import numpy as np
import pytest
from hmmlearn.hmm import GaussianHMM
from scipy import stats
from threadpoolctl import threadpool_limits

from nija_domain.errors import CandlesInvalid, NijaError
from nija_domain.features.history.feature_rows import compute_features
from nija_domain.market.candles import CandleHistory, joined
from nija_domain.regimes.fitting.inputs import choose_features
from nija_domain.regimes.fitting.label_training import label_second_half
from nija_domain.regimes.fitting.plan import FitPlan
from nija_domain.regimes.naming import RETURN_FEATURE
from tests.fakes.true_filters import (
    NEARLY_GAUSSIAN_DEGREES,
    calibration_error,
    draw_history,
    filter_densities,
    named_accuracy,
    rand_index,
)

PLAN = FitPlan()
QUICK = msgspec.structs.replace(PLAN, restarts=2)
"""What finds the same regimes in a short history that is easily told; `prove` takes the whole."""

REACHED = {NEARLY_GAUSSIAN_DEGREES: 0.9, 4.0: 0.7}
"""What share of the best possible is asked for, by the degrees of the tails."""


def _label(history: CandleHistory, *, plan: FitPlan = PLAN):  # noqa: ANN202
    return label_second_half(history, plan=plan, rng=np.random.default_rng(0))


def _check_world(degrees: float, *, seed: int, bars: int, plan: FitPlan) -> None:
    history, truth, best = draw_history(degrees=degrees, bars=bars, seed=seed)
    ours = _label(history, plan=plan).labels.filtered_probs
    truth, best = truth[bars // 2 :], best[bars // 2 :]
    if rand_index(truth, best) < 0.5:
        return

    assert rand_index(truth, ours) >= REACHED[degrees] * rand_index(truth, best)
    assert named_accuracy(truth, ours) >= REACHED[degrees] * named_accuracy(truth, best)
    assert calibration_error(truth, ours) <= 0.05


@pytest.mark.parametrize("degrees", REACHED)
def test_regimes_are_told_nearly_as_well_as_can_be(degrees: float) -> None:
    """Rand index, named accuracy and calibration against the true parameters' own filter."""
    _check_world(degrees, seed=101, bars=3_000, plan=QUICK)


@pytest.mark.prove
@pytest.mark.parametrize("degrees", REACHED)
@pytest.mark.parametrize("seed", range(20))
def test_regimes_are_told_nearly_as_well_as_can_be_twenty_times(degrees: float, seed: int) -> None:
    """The same for twenty seeds and longer histories."""
    _check_world(degrees, seed=seed, bars=20_000, plan=PLAN)


def _draw_plain(bars: int, *, seed: int) -> tuple[CandleHistory, np.ndarray]:
    """Candles whose closes are the sum of plain Gaussian three-state returns, and the states."""
    rng = np.random.default_rng(seed)
    stays, states = rng.random(bars) < 0.985, np.zeros(bars, dtype=int)
    for bar in range(1, bars):
        states[bar] = states[bar - 1] if stays[bar] else rng.integers(3)
    moves = np.array([0.002, -0.002, 0.0])[states]
    moves += np.array([0.004, 0.010, 0.002])[states] * rng.normal(size=bars)
    close = 100.0 * np.exp(np.cumsum(moves))
    opened = np.concatenate([[100.0], close[:-1]])
    high, low = np.maximum(opened, close), np.minimum(opened, close)
    stamps = np.arange(bars) * 3_600_000
    return CandleHistory("X/USD", stamps, opened, high, low, close, np.ones(bars)), states


def _fit_peer(returns: np.ndarray, *, seed: int) -> GaussianHMM:
    peer = GaussianHMM(3, n_iter=60, random_state=seed, implementation="scaling")
    with threadpool_limits(1):
        return peer.fit(returns)


@pytest.mark.parametrize(
    ("seed", "plan"),
    [(1, QUICK), *(pytest.param(seed, PLAN, marks=pytest.mark.prove) for seed in (1, 2))],
)
def test_plain_returns_are_told_as_by_hmmlearn(seed: int, plan: FitPlan) -> None:
    """At least 0.95 times as well as the causal filter of hmmlearn's fit to the returns alone."""
    logging.getLogger("hmmlearn").setLevel(logging.ERROR)
    history, truth = _draw_plain(6_000, seed=seed)
    returns = np.diff(np.log(history.close), prepend=math.log(100.0))[:, None]
    returns /= returns[:3_000].std()
    peers = [_fit_peer(returns[:3_000], seed=r) for r in range(3)]
    peer = max(peers, key=lambda one: one.score(returns[:3_000]))
    densities = stats.norm.pdf(returns, peer.means_[:, 0], np.sqrt(peer.covars_[:, 0, 0]))
    theirs = filter_densities(densities, start=peer.startprob_, transition=peer.transmat_)
    ours = _label(history, plan=plan).labels.filtered_probs

    assert rand_index(truth[3_000:], theirs[3_000:]) > 0.5
    assert rand_index(truth[3_000:], ours) >= 0.95 * rand_index(truth[3_000:], theirs[3_000:])


def test_an_input_without_information_is_left_out() -> None:
    """Noise beside the return is measured and not taken, slow averages neither."""
    history, _, _ = draw_history(degrees=4.0, bars=4_000, seed=7)
    table = compute_features(history)
    noise = np.random.default_rng(1).normal(size=(len(table), 1))
    wider = msgspec.structs.replace(
        table, names=(*table.names, "noise"), values=np.column_stack([table.values, noise])
    )
    choice = choose_features(
        [wider], candidates=("noise", "trend_strength"), plan=PLAN, rng=np.random.default_rng(0)
    )

    assert choice.feature_names == (RETURN_FEATURE,)
    assert abs(choice.gains["noise"].per_bar) < 0.01
    assert choice.gains["trend_strength"].high < 0.0


def test_an_input_that_is_hardly_ever_known_costs_the_others_nothing() -> None:
    """It is passed over before the bars where all are known are taken."""
    history, truth, _ = draw_history(degrees=4.0, bars=4_000, seed=7)
    table = compute_features(history)
    hint = truth[:, None] + np.random.default_rng(1).normal(size=(len(table), 1))
    rare = np.full((len(table), 1), np.nan)
    rare[-50:] = 1.0
    wider = msgspec.structs.replace(
        table,
        names=(*table.names, "rare", "hint"),
        values=np.column_stack([table.values, rare, hint]),
    )
    choice = choose_features(
        [wider], candidates=("rare", "hint"), plan=PLAN, rng=np.random.default_rng(0)
    )

    assert choice.feature_names == (RETURN_FEATURE, "hint")
    assert set(choice.gains) == {"hint"}


def test_an_input_that_tells_the_state_is_taken() -> None:
    """The choice is no refusal of everything: what foresees the spread of returns serves."""
    history, truth, _ = draw_history(degrees=4.0, bars=4_000, seed=7)
    table = compute_features(history)
    hint = truth[:, None] + np.random.default_rng(1).normal(size=(len(table), 1))
    wider = msgspec.structs.replace(
        table, names=(*table.names, "hint"), values=np.column_stack([table.values, hint])
    )
    choice = choose_features([wider], candidates=("hint",), plan=PLAN, rng=np.random.default_rng(0))

    assert choice.feature_names == (RETURN_FEATURE, "hint")
    assert choice.gains["hint"].is_proven


def test_no_label_knows_a_later_bar() -> None:
    """A file that goes on otherwise has the same model and the same labels up to there."""
    history, _, _ = draw_history(degrees=4.0, bars=1_400, seed=3)
    other, _, _ = draw_history(degrees=4.0, bars=1_400, seed=4)
    changed = joined(history.cut(1_200), other.between(1_200, 1_400))
    one, two = _label(history, plan=QUICK).labels, _label(changed, plan=QUICK).labels

    assert one.model == two.model
    assert one.filtered_probs[:500].tobytes() == two.filtered_probs[:500].tobytes()
    assert one.filtered_probs[500:].tobytes() != two.filtered_probs[500:].tobytes()


def test_rows_out_of_order_are_refused() -> None:
    """By the first of them."""
    history, _, _ = draw_history(degrees=4.0, bars=1_000, seed=3)
    stamps = history.ts_us.copy()
    stamps[[10, 11]] = stamps[[11, 10]]

    with pytest.raises(CandlesInvalid, match="ts of row 11 is not after"):
        _label(msgspec.structs.replace(history, ts_us=stamps))


@pytest.mark.parametrize("bars", [0, 1, 2, 90])
def test_a_short_file_is_refused(bars: int) -> None:
    """With what it holds and what is needed."""
    history, _, _ = draw_history(degrees=4.0, bars=1_000, seed=3)

    with pytest.raises(NijaError, match=r"ingest|bring|no bar"):
        _label(history.cut(bars))


def test_a_short_file_is_told_how_many_rows_it_lacks() -> None:
    """The first half alone teaches: three regimes want 602 rows, and 602 are enough."""
    history, _, _ = draw_history(degrees=4.0, bars=700, seed=7)
    with pytest.raises(CandlesInvalid, match=r"601 rows are too few: 3 .* at least 602"):
        _label(history.cut(601))

    assert len(_label(history.cut(602)).labels.ts) == 301
