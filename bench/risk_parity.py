"""Equal-risk weights beside skfolio's RiskBudgeting, on the real stock returns it brings along.

Its solver runs with tolerances of 1e-12; nothing is timed.
"""

import tempfile
from pathlib import Path

import numpy as np

from bench.peers.environment import MISSING, is_made, run_peer
from bench.report import Report, Row
from nija_domain.allocation.covariance import Matrix, Vector, ledoit_wolf, sample_covariance
from nija_domain.allocation.risk_parity import equal_risk_weights, risk_contributions

PEER = "skfolio"
AGREEMENT = 1e-6


def measure() -> Report:
    missing = Row(
        case="all", ours_s=None, peer=PEER, peer_s=None, agree=None, more={"why": MISSING}
    )
    rows = _measure_cases() if is_made() else [missing]
    return Report(bench="risk_parity", threads=1, rows=rows)


def _measure_cases() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="nija-bench-") as folder:
        report = run_peer("bench.peers.risk_budgeting", Path(folder))
        returns = np.load(Path(folder) / "returns.npy")
        weights = dict(np.load(Path(folder) / "weights.npz"))
    peer = f"{PEER} {report['version']}"
    return [_row(case, peer, returns, theirs) for case, theirs in weights.items()]


def _row(case: str, peer: str, returns: Matrix, theirs: Vector) -> Row:
    """`case` is the estimator and the number of last days; each side estimates and solves."""
    estimator, days = case.split()
    window = returns[-int(days) :]
    covariance = (
        sample_covariance(window) if estimator == "sample" else ledoit_wolf(window).covariance
    )
    ours = equal_risk_weights(covariance)
    worst = float(np.abs(ours - theirs).max())
    uneven = np.abs(risk_contributions(ours, covariance) * len(ours) - 1.0).max()
    return Row(
        case=f"{len(ours)} stocks, {days} days, {estimator}",
        ours_s=None,
        peer=peer,
        peer_s=None,
        agree=worst <= AGREEMENT,
        more={"worst_difference": worst, "risk_uneven_by": float(uneven)},
    )
