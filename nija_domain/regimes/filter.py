"""The causal filter: how probable each state is, given the bars so far and no later one."""

import math
from collections.abc import Mapping, MutableSequence, Sequence

import msgspec

from nija_domain.regimes.model import RegimeModel

TWO_PI = 2.0 * math.pi

Vector = Sequence[float]
Matrix = Sequence[Sequence[float]]
Target = MutableSequence[float]


class FilterState(msgspec.Struct, frozen=True):
    """The filtered probabilities; before the first bar, the model's start probabilities."""

    probabilities: tuple[float, ...]
    is_started: bool = True


def initial_filter(model: RegimeModel) -> FilterState:
    return FilterState(probabilities=model.start_probs, is_started=False)


def step_filter(model: RegimeModel, state: FilterState, features: tuple[float, ...]) -> FilterState:
    """The state after a bar with these features, which stand in the model's order.

    A bar whose features are still warming up says nothing and leaves the state as it is.
    """
    if not all(map(math.isfinite, features)):
        return state
    return _step(model, state, _standardised(model, features))


def step_filters(
    models: Mapping[str, RegimeModel],
    states: Mapping[str, FilterState],
    features: tuple[float, ...],
) -> dict[str, FilterState]:
    """The same for several models of one scaler: their row is standardised once."""
    if not all(map(math.isfinite, features)):
        return {**states}
    row = _standardised(next(iter(models.values())), features)
    return {name: _step(model, states[name], row) for name, model in models.items()}


def _step(model: RegimeModel, state: FilterState, row: Vector) -> FilterState:
    predicted = _predicted(model, state)
    filtered = [0.0] * len(predicted)
    update(filtered, predicted, row, model.means, model.variances)
    return FilterState(probabilities=tuple(filtered))


def predictive_log_likelihood(
    model: RegimeModel, state: FilterState, features: tuple[float, ...]
) -> float:
    """log p(bar | bars before), in the model's units; NaN for a bar that is still warming up."""
    if not all(map(math.isfinite, features)):
        return math.nan
    row = _standardised(model, features)
    logs = [
        math.log(probability) + log_density(row, model.means[place], model.variances[place])
        for place, probability in enumerate(_predicted(model, state))
        if probability > 0.0
    ]
    best = max(logs)
    return best + math.log(math.fsum(math.exp(weight - best) for weight in logs))


def log_density(row: Vector, means: Vector, variances: Vector) -> float:
    """Of a Gaussian with this diagonal covariance."""
    return -0.5 * math.fsum(
        math.log(TWO_PI * variance) + (value - mean) * (value - mean) / variance
        for value, mean, variance in zip(row, means, variances, strict=True)
    )


def _standardised(model: RegimeModel, features: tuple[float, ...]) -> list[float]:
    limit = model.outlier_limit
    return [
        max(-limit, min(limit, (value - center) / scale))
        for value, center, scale in zip(features, model.center, model.scale, strict=True)
    ]


def _predicted(model: RegimeModel, state: FilterState) -> list[float]:
    predicted = list(state.probabilities)
    if state.is_started:
        predict(predicted, state.probabilities, model.transition)
    return predicted


def predict(predicted: Target, probabilities: Vector, transition: Matrix) -> None:
    """One transition, written into `predicted`."""
    for state in range(len(probabilities)):
        total = 0.0
        for origin in range(len(probabilities)):
            total += probabilities[origin] * transition[origin][state]
        predicted[state] = total


def update(
    filtered: Target, predicted: Vector, row: Vector, means: Matrix, variances: Matrix
) -> None:
    """Bayes' rule in logarithms, so that no outlier underflows to a division by zero.

    A row too far out to tell one state from another leaves the prediction.
    """
    best = -math.inf
    for state in range(len(predicted)):
        log_weight = -math.inf
        if predicted[state] > 0.0:
            log_weight = math.log(predicted[state])
            for column in range(len(row)):
                variance = variances[state][column]
                error = row[column] - means[state][column]
                log_weight -= 0.5 * (math.log(TWO_PI * variance) + error * error / variance)
        filtered[state] = log_weight
        best = max(best, log_weight)
    total = 0.0
    for state in range(len(predicted)):
        weight = math.exp(filtered[state] - best) if best > -math.inf else predicted[state]
        filtered[state] = weight
        total += weight
    for state in range(len(predicted)):
        filtered[state] = filtered[state] / total
