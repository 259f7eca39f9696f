"""The bandit: Bayesian regression by folding, and propensities that are exact."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.errors import NotFound, NumberInvalid
from nija_domain.policies.bandit import (
    CONTEXT_NAMES,
    Context,
    Observed,
    Posterior,
    choose,
    context_of,
    fold_rewards,
    prior,
    propensities_of,
    update,
    value_of,
)

CALM = context_of({"Bull": 0.7, "Chop": 0.2, "Bear": 0.1}, annual_volatility=0.4)
WILD = context_of({"Bull": 0.1, "Chop": 0.1, "Bear": 0.8}, annual_volatility=1.5)
TIMID, BOLD = "trend:BTC/USD:conservative", "trend:BTC/USD:aggressive"


def draw_observed(seed: int, *, count: int, mean: float = 0.01) -> list[Observed]:
    rng = np.random.default_rng(seed)
    seen = []
    for _ in range(count):
        bull, chop, bear = rng.dirichlet((1.0, 1.0, 1.0)).tolist()
        probs = {"Bull": bull, "Chop": chop, "Bear": bear}
        context = context_of(probs, annual_volatility=float(rng.uniform(0.2, 2.0)))
        seen.append(Observed(context, float(rng.normal(mean + 0.02 * bull, 0.02))))
    return seen


def batch_posterior(start: Posterior, observed: list[Observed]) -> tuple[np.ndarray, ...]:
    """The textbook's closed form over all rewards at once."""
    x = np.array([o.context for o in observed])
    y = np.array([o.reward for o in observed])
    before = np.array(start.precision)
    mean_before = np.linalg.inv(before) @ np.array(start.shift)
    precision = before + x.T @ x
    mean = np.linalg.inv(precision) @ (before @ mean_before + x.T @ y)
    squares = y @ y + mean_before @ before @ mean_before - mean @ precision @ mean
    return precision, mean, np.array(start.rate + squares / 2.0)


@given(seed=st.integers(0, 2**32), count=st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_the_fold_is_the_batch_regression(seed: int, count: int) -> None:
    """One reward after another gives what the closed form gives for all of them together."""
    observed = draw_observed(seed, count=count)
    folded = fold_rewards(prior(), observed)
    precision, mean, rate = batch_posterior(prior(), observed)
    weights = np.linalg.solve(np.array(folded.precision), np.array(folded.shift))

    assert np.array(folded.precision) == pytest.approx(precision)
    assert weights == pytest.approx(mean, abs=1e-12)
    assert folded.rate == pytest.approx(float(rate), rel=1e-9)
    assert (folded.shape, folded.rewards) == (prior().shape + count / 2.0, count)


def test_the_order_of_rewards_does_not_matter() -> None:
    """What was learned depends on what was seen, not on when."""
    observed = draw_observed(1, count=30)
    forth, back = (fold_rewards(prior(), seen) for seen in (observed, observed[::-1]))

    assert value_of(forth, CALM).location == pytest.approx(value_of(back, CALM).location)
    assert forth.rate == pytest.approx(back.rate)
    assert np.array(forth.precision) == pytest.approx(np.array(back.precision))


@pytest.mark.parametrize("cut", [0, 1, 17, 30])
def test_a_fold_that_is_cut_and_stored_goes_on_to_the_bit(cut: int) -> None:
    """The release's posterior, read back, and the events since give the live one exactly."""
    observed = draw_observed(2, count=30)
    released = msgspec.json.encode(fold_rewards(prior(), observed[:cut]))
    resumed = fold_rewards(msgspec.json.decode(released, type=Posterior), observed[cut:])

    assert resumed == fold_rewards(prior(), observed)


def monte_carlo(
    posteriors: dict[str, Posterior], context: Context, *, draws: int, seed: int
) -> dict[str, float]:
    """How often each arm wins when weights and noise are drawn as they are believed."""
    rng = np.random.default_rng(seed)
    x, drawn = np.array(context), []
    for config_id in sorted(posteriors):
        posterior = posteriors[config_id]
        covariance = np.linalg.inv(np.array(posterior.precision))
        variances = posterior.rate / rng.gamma(posterior.shape, 1.0, draws)
        noise = rng.multivariate_normal(np.zeros(len(x)), covariance, draws) @ x
        drawn.append(covariance @ np.array(posterior.shift) @ x + np.sqrt(variances) * noise)
    shares = np.bincount(np.argmax(drawn, axis=0), minlength=len(drawn)) / draws
    return dict(zip(sorted(posteriors), shares.tolist(), strict=True))


@pytest.mark.parametrize("arms", [2, 3, 5])
@pytest.mark.parametrize("context", [CALM, WILD])
def test_propensities_are_what_sampling_would_find(arms: int, context: Context) -> None:
    """Thompson's own draws of weights and noise win as often as the quadrature says."""
    draws = 40_000
    posteriors = {
        f"trend:BTC/USD:{arm}": fold_rewards(
            prior(), draw_observed(arm, count=7 * arm, mean=0.004 * arm)
        )
        for arm in range(arms)
    }
    exact = propensities_of(posteriors, context)
    sampled = monte_carlo(posteriors, context, draws=draws, seed=arms)

    assert sum(exact.values()) == pytest.approx(1.0, abs=1e-12)
    for config_id, propensity in exact.items():
        error = np.sqrt(propensity * (1.0 - propensity) / draws)
        assert abs(sampled[config_id] - propensity) < 4.5 * error + 1e-4


def test_a_propensity_of_the_wrong_scale_would_be_seen() -> None:
    """The comparison above can fail: doubled doubt about one arm is far outside its error."""
    posteriors = {TIMID: fold_rewards(prior(), draw_observed(1, count=20)), BOLD: prior()}
    doubtful = msgspec.structs.replace(posteriors[BOLD], rate=4.0 * prior().rate)
    spoilt = propensities_of({**posteriors, BOLD: doubtful}, CALM)[BOLD]
    sampled = monte_carlo(posteriors, CALM, draws=40_000, seed=1)[BOLD]

    assert abs(spoilt - sampled) > 0.02


def test_arms_that_nobody_knows_are_equally_likely() -> None:
    """Before any reward the choice is a fair draw, whatever the arms are called."""
    propensities = propensities_of({TIMID: prior(), BOLD: prior()}, CALM)

    assert list(propensities.values()) == pytest.approx([0.5, 0.5])


def test_a_single_arm_is_certain() -> None:
    """What cannot be otherwise has probability one."""
    assert choose({BOLD: prior()}, CALM, 0.999).propensity == 1.0


@given(uniform=st.floats(0.0, 1.0, exclude_max=True))
@settings(max_examples=30, deadline=None)
def test_the_uniform_number_alone_decides(uniform: float) -> None:
    """The arms lie side by side on [0, 1) in the order of their names, as wide as they are likely.

    So a uniform draw chooses each with exactly its propensity.
    """
    posteriors = {TIMID: fold_rewards(prior(), draw_observed(3, count=9)), BOLD: prior()}
    propensities = propensities_of(posteriors, CALM)
    first = min(posteriors)
    chosen = choose(posteriors, CALM, uniform)

    assert (chosen.config_id == first) == (uniform < propensities[first])
    assert chosen.propensity == propensities[chosen.config_id]


def _learn(pays: dict[str, float], *, rounds: int, context: Context) -> dict[str, int]:
    rng = np.random.default_rng(11)
    posteriors, chosen = dict.fromkeys(pays, prior()), dict.fromkeys(pays, 0)
    for _ in range(rounds):
        choice = choose(posteriors, context, float(rng.random()))
        chosen[choice.config_id] += 1
        reward = float(rng.normal(pays[choice.config_id], 0.02))
        posteriors[choice.config_id] = update(posteriors[choice.config_id], context, reward)
    return chosen


def test_an_arm_that_pays_is_chosen_more() -> None:
    """Two per cent against nothing, in two per cent of noise, is learned within 150 trades."""
    chosen = _learn({TIMID: 0.0, BOLD: 0.02}, rounds=150, context=CALM)

    assert chosen[BOLD] > 110


def test_what_pays_depends_on_the_context() -> None:
    """An arm that pays when calm and loses when wild is likely in one, not in the other."""
    rng = np.random.default_rng(5)
    seen = [
        Observed(context, float(rng.normal(0.03 if context is CALM else -0.03, 0.02)))
        for context in (CALM, WILD) * 40
    ]
    posteriors = {TIMID: prior(), BOLD: fold_rewards(prior(), seen)}
    flat = fold_rewards(prior(), [Observed(o.context, 0.0) for o in seen])

    assert propensities_of({**posteriors, TIMID: flat}, CALM)[BOLD] > 0.95
    assert propensities_of({**posteriors, TIMID: flat}, WILD)[BOLD] < 0.05


def test_a_context_stands_in_the_order_of_its_names() -> None:
    """Regimes that are not named count nothing, and a wild volatility counts as the limit."""
    context = context_of({"Bear": 0.25, "Bull": 0.75}, annual_volatility=90.0)

    assert dict(zip(CONTEXT_NAMES, context, strict=True)) == {
        "Bull": 0.75,
        "Chop": 0.0,
        "Bear": 0.25,
        "annual_volatility": 5.0,
        "intercept": 1.0,
    }


@pytest.mark.parametrize(
    ("act", "named"),
    [
        (lambda: context_of({}, annual_volatility=float("nan")), "annual_volatility"),
        (lambda: context_of({}, annual_volatility=-0.1), "annual_volatility"),
        (lambda: update(prior(), (1.0,), 0.1), "context has 1"),
        (lambda: update(prior(), CALM, float("inf")), "reward inf"),
        (lambda: value_of(prior(), (0.0,) * 5), "not all zero"),
        (lambda: choose({BOLD: prior()}, CALM, 1.0), "uniform is 1.0"),
    ],
)
def test_bad_input_is_named(act, named: str) -> None:  # noqa: ANN001
    """Each refusal names its field and what to give instead."""
    with pytest.raises(NumberInvalid, match=named):
        act()


def test_a_choice_among_nothing_is_refused() -> None:
    """There is no number that would be wrong: a preset is missing."""
    with pytest.raises(NotFound, match="no preset"):
        choose({}, CALM, 0.5)
