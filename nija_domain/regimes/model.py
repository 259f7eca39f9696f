"""A fitted regime model as a value that a release can carry."""

import math
from collections.abc import Sequence
from functools import cache
from typing import Literal

import msgspec

from nija_domain.errors import ReleaseInvalid, ReleaseUnreadable

Row = tuple[float, ...]
Triangles = tuple[tuple[Row, ...], ...]
Covariance = Literal["diag", "full"]
"""Whether features vary on their own within a state, or together; hmmlearn's names."""

SUM_TOLERANCE = 1e-6
VARIANCE_TOLERANCE = 1e-6


class RegimeModel(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A Gaussian hidden Markov model over standardised features, with its scaler.

    A feature counts as (value - center) / scale, kept within the outlier limit on both sides.
    `means` and `variances` (the diagonals) have a row per state and a column per feature.

    Where features vary together, `whitening` has a triangle per state: its rows times a bar's
    errors are independent with variance one. It is the inverse of Cholesky's factor, so that any
    triangle with a positive diagonal is some covariance's; the diagonal of that is `variances`.

    `seen_until_us` is when the last bar opened that may have moved a parameter, None where nobody
    noted it; `warm_started` tells that the fit climbed from a champion's parameters.
    """

    feature_names: tuple[str, ...]
    center: Row
    scale: Row
    outlier_limit: float
    state_names: tuple[str, ...]
    start_probs: Row
    transition: tuple[Row, ...]
    means: tuple[Row, ...]
    variances: tuple[Row, ...]
    log_likelihood_per_bar: float
    bars_fitted: int
    converged: bool
    whitening: Triangles = ()
    seen_until_us: int | None = None
    warm_started: bool = False

    @property
    def covariance(self) -> Covariance:
        return "full" if self.whitening else "diag"


def check_model(model: RegimeModel) -> None:
    """Raises unless every part has its shape and its range."""
    states, features = len(model.state_names), len(model.feature_names)
    _check_names("state_names", model.state_names)
    _check_names("feature_names", model.feature_names)
    _check_row("center", model.center, length=features)
    _check_row("scale", model.scale, length=features, above=0.0)
    _check_row("outlier_limit", (model.outlier_limit,), length=1, above=0.0)
    _check_distribution("start_probs", model.start_probs, length=states)
    _check_table("transition", model.transition, rows=states)
    _check_table("means", model.means, rows=states)
    _check_table("variances", model.variances, rows=states)
    for state in range(states):
        _check_distribution(f"transition[{state}]", model.transition[state], length=states)
        _check_row(f"means[{state}]", model.means[state], length=features)
        _check_row(f"variances[{state}]", model.variances[state], length=features, above=0.0)
    if model.whitening:
        _check_table("whitening", model.whitening, rows=states)
        for state in range(states):
            _check_triangle(state, model.whitening[state], variances=model.variances[state])


def feature_columns(model: RegimeModel, names: Sequence[str]) -> tuple[int, ...]:
    """Where the model's features stand in a row of these names."""
    return _columns(model.feature_names, tuple(names))


@cache
def _columns(wanted: tuple[str, ...], names: tuple[str, ...]) -> tuple[int, ...]:
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ReleaseUnreadable(
            f"feature_names of the regime model holds {', '.join(missing)}, which this version"
            " does not compute; fit the model again, or run the version that fitted it"
        )
    return tuple(map(names.index, wanted))


def _check_names(field: str, names: tuple[str, ...]) -> None:
    if not names or len(set(names)) != len(names):
        raise _broken(field, f"is {names!r}; it must hold at least one name, and none twice")


def _check_table(field: str, table: tuple[object, ...], *, rows: int) -> None:
    if len(table) != rows:
        raise _broken(field, f"has {len(table)} rows; the model has {rows} states")


def _check_row(field: str, row: Row, *, length: int, above: float = -math.inf) -> None:
    if len(row) != length:
        raise _broken(field, f"has {len(row)} numbers and needs {length}")
    if not all(math.isfinite(number) and number > above for number in row):
        raise _broken(field, f"is {row!r}; each number must be finite and above {above}")


def _check_triangle(state: int, triangle: tuple[Row, ...], *, variances: Row) -> None:
    """A covariance that whitens is symmetric and positive; it must have these variances too."""
    field = f"whitening[{state}]"
    if len(triangle) != len(variances):
        raise _broken(field, f"has {len(triangle)} rows and needs {len(variances)}")
    for number, row in enumerate(triangle):
        _check_row(f"{field}[{number}]", row, length=number + 1)
        _check_row(f"the diagonal of {field}[{number}]", row[number:], length=1, above=0.0)
    peak = math.prod(row[-1] for row in triangle)
    _check_row(f"the product of the diagonal of {field}", (peak,), length=1, above=0.0)
    implied = _implied_variances(triangle)
    if not all(
        math.isclose(ours, theirs, rel_tol=VARIANCE_TOLERANCE)
        for ours, theirs in zip(implied, variances, strict=True)
    ):
        raise _broken(field, f"means variances of {implied!r}, where variances has {variances!r}")


def _implied_variances(triangle: tuple[Row, ...]) -> Row:
    """The diagonal of the covariance that this triangle whitens."""
    factor: list[Row] = []
    for number, (*leans, own) in enumerate(triangle):
        unit = [0.0] * len(triangle)
        unit[number] = 1.0
        for lean, above in zip(leans, factor, strict=True):
            unit = [part - lean * share for part, share in zip(unit, above, strict=True)]
        factor.append(tuple(part / own for part in unit))
    return tuple(sum(part * part for part in row) for row in factor)


def _check_distribution(field: str, row: Row, *, length: int) -> None:
    _check_row(field, row, length=length)
    if min(row) < 0.0 or abs(math.fsum(row) - 1.0) > SUM_TOLERANCE:
        raise _broken(field, f"is {row!r}; probabilities are not negative and sum to one")


def _broken(field: str, what: str) -> ReleaseInvalid:
    return ReleaseInvalid(f"{field} of the regime model {what}; fit the model again")
