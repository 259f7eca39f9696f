"""The causal filter: how probable each state is, given the bars so far and no later one."""

import math
from collections.abc import Mapping, MutableSequence, Sequence
from operator import mul

import msgspec

from nija_domain.regimes.model import RegimeModel

TWO_PI = 2.0 * math.pi
LOG_TWO_PI = math.log(TWO_PI)

Vector = Sequence[float]
Matrix = Sequence[Vector]
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
    if model.whitening:
        weigh_together(filtered, predicted, row, model.means, model.whitening)
    else:
        weigh_apart(filtered, predicted, row, model.means, model.variances)
    normalise(filtered, predicted)
    return FilterState(probabilities=tuple(filtered))


def predictive_log_likelihood(
    model: RegimeModel, state: FilterState, features: tuple[float, ...]
) -> float:
    """log p(bar | bars before), in the model's units; NaN for a bar that is still warming up."""
    if not all(map(math.isfinite, features)):
        return math.nan
    row = _standardised(model, features)
    logs = [
        math.log(probability) + _log_density(model, place, row)
        for place, probability in enumerate(_predicted(model, state))
        if probability > 0.0
    ]
    best = max(logs)
    return best + math.log(math.fsum(math.exp(weight - best) for weight in logs))


def _log_density(model: RegimeModel, state: int, row: Vector) -> float:
    errors = [value - mean for value, mean in zip(row, model.means[state], strict=True)]
    if not model.whitening:
        return -0.5 * math.fsum(
            math.log(TWO_PI * variance) + error * error / variance
            for error, variance in zip(errors, model.variances[state], strict=True)
        )
    whitened = [sum(map(mul, line, errors)) for line in model.whitening[state]]
    return -0.5 * math.fsum(
        LOG_TWO_PI - 2.0 * math.log(line[-1]) + value * value
        for line, value in zip(model.whitening[state], whitened, strict=True)
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


def weigh_apart(
    weights: Target, predicted: Vector, row: Vector, means: Matrix, variances: Matrix
) -> None:
    """The log of each state's joint density with a bar whose features vary on their own."""
    for state in range(len(predicted)):
        log_weight = -math.inf
        if predicted[state] > 0.0:
            log_weight = math.log(predicted[state])
            for column in range(len(row)):
                variance = variances[state][column]
                error = row[column] - means[state][column]
                log_weight -= 0.5 * (math.log(TWO_PI * variance) + error * error / variance)
        weights[state] = log_weight


def weigh_together(
    weights: Target, predicted: Vector, row: Vector, means: Matrix, whitening: Sequence[Matrix]
) -> None:
    """The same for features that vary together, but for what is common to all states."""
    for state in range(len(predicted)):
        log_weight = -math.inf
        if predicted[state] > 0.0:
            triangle, mean, peak, distance = whitening[state], means[state], 1.0, 0.0
            for number in range(len(row)):
                line = triangle[number]
                whitened = line[number] * (row[number] - mean[number])
                for column in range(number):
                    whitened += line[column] * (row[column] - mean[column])
                peak *= line[number]
                distance += whitened * whitened
            log_weight = math.log(predicted[state]) + math.log(peak) - 0.5 * distance
        weights[state] = log_weight


def normalise(weights: Target, predicted: Vector) -> None:
    """Bayes' rule from logarithms, so that no outlier underflows to a division by zero.

    A row too far out to tell one state from another leaves the prediction.
    """
    best = -math.inf
    for state in range(len(predicted)):
        best = max(best, weights[state])
    total = 0.0
    for state in range(len(predicted)):
        weight = math.exp(weights[state] - best) if best > -math.inf else predicted[state]
        weights[state] = weight
        total += weight
    for state in range(len(predicted)):
        weights[state] = weights[state] / total
