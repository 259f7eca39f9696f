"""The equal-risk weights of `bench risk_parity` by skfolio; runs in the peers' environment.

`python -m bench.peers.risk_budgeting FOLDER` writes returns.npy there, the daily returns of the
stocks that skfolio brings along, and weights.npz by case: what is shrunk, over how many last days.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
from skfolio.datasets import load_sp500_dataset
from skfolio.moments import EmpiricalCovariance, LedoitWolf
from skfolio.optimization import RiskBudgeting
from skfolio.preprocessing import prices_to_returns
from skfolio.prior import EmpiricalPrior

TOLERANCES = {"tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}
ESTIMATORS = {"sample": EmpiricalCovariance, "ledoit_wolf": LedoitWolf}
LAST_DAYS = (60, 252, 8_312)


def main(folder: Path) -> None:
    returns = prices_to_returns(load_sp500_dataset()).to_numpy()
    weights = {}
    for name, estimator in ESTIMATORS.items():
        for days in LAST_DAYS:
            prior = EmpiricalPrior(covariance_estimator=estimator())
            budgeting = RiskBudgeting(prior_estimator=prior, solver_params=TOLERANCES)
            weights[f"{name} {days}"] = budgeting.fit(returns[-days:]).weights_
    np.save(folder / "returns.npy", returns)
    np.savez(folder / "weights.npz", **weights)
    print(json.dumps({"version": version("skfolio")}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
