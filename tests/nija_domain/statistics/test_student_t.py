"""Student's t against a peer, and the greatest of several against slow integration."""

import numpy as np
import pytest
from scipy import integrate, stats

from nija_domain.errors import NumberInvalid
from nija_domain.statistics.student_t import (
    StudentT,
    density,
    distribution,
    probabilities_of_greatest,
)

POINTS = np.concatenate([-np.logspace(-6, 4, 200), [0.0], np.logspace(-6, 4, 200)])


@pytest.mark.parametrize("freedom", [4.0, 5.0, 7.5, 30.0, 1000.0, 20_000.0])
def test_the_distribution_is_the_peer_s(freedom: float) -> None:
    """Middle and tails, few degrees of freedom and many."""
    value = StudentT(freedom, 0.5, 2.0)
    peer = stats.t(freedom, loc=0.5, scale=2.0)

    assert distribution(value, POINTS) == pytest.approx(peer.cdf(POINTS), rel=1e-8, abs=1e-300)
    assert density(value, POINTS) == pytest.approx(peer.pdf(POINTS), rel=1e-8, abs=1e-300)


@pytest.mark.parametrize(
    "values",
    [
        (StudentT(4.0, 0.0, 1.0), StudentT(4.0, 0.3, 2.0)),
        (StudentT(4.0, 0.0, 1.0), StudentT(200.0, 0.1, 0.01), StudentT(9.0, 0.3, 0.2)),
        (StudentT(5.0, -1.0, 1.0), StudentT(6.0, 0.0, 1.0), StudentT(7.0, 1.0, 0.5)),
    ],
)
def test_the_greatest_is_what_slow_integration_finds(values: tuple[StudentT, ...]) -> None:
    """Arms of very different certainty, by the peer's adaptive quadrature over each arm's ranks."""
    peers = [stats.t(v.freedom, loc=v.location, scale=v.scale) for v in values]
    marks = sorted({float(p.cdf(v.location)) for p in peers for v in values} - {0.0, 1.0})

    for arm, probability in enumerate(probabilities_of_greatest(values)):
        others = [peer for other, peer in enumerate(peers) if other != arm]

        def all_below(rank: float, arm: int = arm, others: list = others) -> float:  # type: ignore[type-arg]
            return float(np.prod([peer.cdf(peers[arm].ppf(rank)) for peer in others]))

        slow, _ = integrate.quad(all_below, 0.0, 1.0, points=marks, limit=200, epsabs=1e-9)
        assert probability == pytest.approx(slow, abs=1e-7)


@pytest.mark.parametrize("value", [StudentT(3.0, 0.0, 1.0), StudentT(4.0, 0.0, 0.0)])
def test_what_the_quadrature_cannot_reach_is_refused(value: StudentT) -> None:
    """Tails that are too heavy, or a value without any doubt."""
    with pytest.raises(NumberInvalid, match="freedom must be 4"):
        probabilities_of_greatest((value, StudentT(4.0, 0.0, 1.0)))
