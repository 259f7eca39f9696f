"""Luck is told from skill: the published example, brute force, and planted skill."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nija_domain.errors import NumberInvalid
from nija_domain.evaluation.overfitting import (
    ReturnMoments,
    TrialAccount,
    account_trials,
    bootstrap_lower_bound,
    deflated_sharpe,
    expected_max_sharpe,
    measure_moments,
    probabilistic_sharpe,
)
from nija_domain.events.ledger import ReleasePublished, TrialRecorded

PAPER = ReturnMoments(bars=1250, sharpe=2.5 / sqrt(250), skewness=-3.0, kurtosis=10.0)
PAPER_VARIANCE = 0.5 / 250


def trial(**metrics: float) -> TrialRecorded:
    return TrialRecorded(
        at_us=1, kind="evolution", parameters={}, metrics=metrics, data_snapshot=1, commit="c"
    )


def test_the_example_of_the_paper() -> None:
    """Five years of daily returns, the best of 100 trials: 0.1132 by luck, and 0.9004 is left."""
    luck = expected_max_sharpe(trials=100, variance=PAPER_VARIANCE)

    assert luck == pytest.approx(0.1132, abs=5e-5)
    assert probabilistic_sharpe(PAPER, benchmark=luck) == pytest.approx(0.9004, abs=5e-5)


@pytest.mark.parametrize(("trials", "skewness", "kurtosis"), [(46, -3.0, 10.0), (88, 0.0, 3.0)])
def test_the_thresholds_of_the_paper(trials: int, skewness: float, kurtosis: float) -> None:
    """At 95 per cent 46 trials are the most, and 88 where returns are normal."""
    moments = ReturnMoments(bars=1250, sharpe=PAPER.sharpe, skewness=skewness, kurtosis=kurtosis)
    passing, failing = (
        probabilistic_sharpe(
            moments, benchmark=expected_max_sharpe(trials=count, variance=PAPER_VARIANCE)
        )
        for count in (trials, trials + 1)
    )

    assert passing == pytest.approx(0.9505, abs=2e-4)
    assert failing < passing


@pytest.mark.parametrize("trials", [5, 20, 100])
def test_luck_is_what_brute_force_finds(trials: int) -> None:
    """The best of so many worthless ratios, drawn many times; few trials are the least exact."""
    drawn = np.random.default_rng(3).normal(0.0, 0.1, size=(40_000, trials)).max(axis=1)

    assert expected_max_sharpe(trials=trials, variance=0.01) == pytest.approx(
        drawn.mean(), rel=0.03
    )


@given(seed=st.integers(0, 2**32), bars=st.integers(3, 300))
@settings(max_examples=30, deadline=None)
def test_moments_are_the_peer_s(seed: int, bars: int) -> None:
    """Mean over deviation, skewness and kurtosis, as scipy has them."""
    returns = np.random.default_rng(seed).standard_t(5.0, bars) * 0.01 + 0.001
    moments = measure_moments(returns)

    assert moments.sharpe == pytest.approx(returns.mean() / returns.std())
    assert moments.skewness == pytest.approx(stats.skew(returns), abs=1e-9)
    assert moments.kurtosis == pytest.approx(stats.kurtosis(returns, fisher=False))


def test_a_row_that_never_moves_has_no_merit() -> None:
    """A strategy that never traded is no better than luck, not infinitely good."""
    moments = measure_moments(np.full(50, 0.1))

    assert moments.sharpe == 0.0
    assert deflated_sharpe(moments, TrialAccount(1, ())) == 0.5


def test_every_trial_of_whatever_kind_counts() -> None:
    """Those that failed before they had a ratio count as well; other entries do not."""
    entries = [
        trial(sharpe_per_bar=0.1),
        ReleasePublished(at_us=1, release_id="r", fingerprint="f", parents=()),
        trial(total_return=-0.1),
        trial(failed=1.0),
        trial(sharpe_per_bar=-0.2),
    ]

    assert account_trials(entries) == TrialAccount(4, (0.1, -0.2))


def test_more_trials_leave_less() -> None:
    """The same result is worth less the more was tried before it."""
    left = [deflated_sharpe(PAPER, TrialAccount(count, ())) for count in (1, 2, 10, 100, 10_000)]

    assert left == sorted(left, reverse=True)
    assert left[0] > 0.99
    assert left[-1] < 0.95


def test_a_flock_of_copies_does_not_lower_the_bar() -> None:
    """Trials that all look alike still count in full; trials far apart raise the bar."""
    alike = TrialAccount(50, (0.05,) * 50)
    apart = TrialAccount(50, tuple(np.linspace(-0.5, 0.5, 50).tolist()))

    assert deflated_sharpe(PAPER, alike) == deflated_sharpe(PAPER, TrialAccount(50, ()))
    assert deflated_sharpe(PAPER, apart) < deflated_sharpe(PAPER, alike)


def test_the_best_of_many_worthless_trials_rarely_passes() -> None:
    """Of 200 nights whose best of 30 is taken, nearly none is above 0.95; undeflated, most are."""
    rng = np.random.default_rng(17)
    passed, undeflated = 0, 0
    for _ in range(200):
        flock = rng.normal(0.0, 0.01, size=(30, 250))
        ratios = flock.mean(axis=1) / flock.std(axis=1)
        moments = measure_moments(flock[ratios.argmax()])
        passed += deflated_sharpe(moments, TrialAccount(30, tuple(ratios.tolist()))) > 0.95
        undeflated += probabilistic_sharpe(moments, benchmark=0.0) > 0.95

    assert passed <= 10
    assert undeflated > 120


def slow_lower_bound(
    differences: np.ndarray, *, block_bars: int, draws: int, confidence: float, seed: int
) -> float:
    """Each block written out bar by bar."""
    rng, bars = np.random.default_rng(seed), len(differences)
    means = []
    for starts in rng.integers(0, bars, size=(draws, -(-bars // block_bars))):
        drawn = [differences[(s + step) % bars] for s in starts for step in range(block_bars)]
        means.append(sum(drawn) / len(drawn))
    return float(np.quantile(means, 1.0 - confidence))


@given(seed=st.integers(0, 2**32), bars=st.integers(3, 40), share=st.floats(0.0, 1.0))
@settings(max_examples=30, deadline=None)
def test_the_bootstrap_is_the_one_written_out(seed: int, bars: int, share: float) -> None:
    """Sums of blocks by differences of totals give what bar by bar gives."""
    differences = np.random.default_rng(seed).normal(0.001, 0.01, bars)
    block_bars = 1 + int(share * (bars - 1))
    bound = bootstrap_lower_bound(
        differences,
        block_bars=block_bars,
        draws=50,
        confidence=0.9,
        rng=np.random.default_rng(seed),
    )
    slow = slow_lower_bound(differences, block_bars=block_bars, draws=50, confidence=0.9, seed=seed)

    assert bound == pytest.approx(slow, abs=1e-14)


def _passing(*, block_bars: int) -> int:
    """Of 200 rows without any merit whose bars hang together, those with a bound above zero."""
    rng, passing = np.random.default_rng(23), 0
    for _ in range(200):
        shocks = rng.normal(0.0, 0.01, 308)
        hanging = np.convolve(shocks, np.ones(9), mode="valid")
        bound = bootstrap_lower_bound(
            hanging, block_bars=block_bars, draws=400, confidence=0.95, rng=rng
        )
        passing += bound > 0.0
    return passing


def test_blocks_keep_the_promise_where_bars_hang_together() -> None:
    """Five in a hundred are promised; blocks come near, single bars pass several times as many."""
    assert _passing(block_bars=30) <= 24
    assert _passing(block_bars=1) > 40


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"block_bars": 0}, "block is 0"),
        ({"block_bars": 11}, "block is 11"),
        ({"confidence": 1.0}, "confidence is 1.0"),
        ({"draws": 0}, "draws is 0"),
    ],
)
def test_a_bootstrap_that_means_nothing_is_refused(changed: dict[str, float], named: str) -> None:
    """The sentence names the numbers."""
    asked = {"block_bars": 3, "draws": 10, "confidence": 0.9, **changed}

    with pytest.raises(NumberInvalid, match=named):
        bootstrap_lower_bound(np.ones(10), rng=np.random.default_rng(1), **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("returns", [[], [0.1, 0.2], [0.1, float("nan"), 0.2]])
def test_returns_that_cannot_be_judged_are_refused(returns: list[float]) -> None:
    """Too few, or not all of them numbers."""
    with pytest.raises(NumberInvalid, match="cannot be judged"):
        measure_moments(np.array(returns))
