"""The fits of `bench hmm` in dynamax, all chains in one compiled batch; runs in the peers' venv.

`python -m bench.peers.hmm_dynamax FOLDER` reads problem.npz there and writes fitted.npz. The priors
are such that both maximise the same thing: they cancel dynamax's own pseudo-counts.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from dynamax.hidden_markov_model import DiagonalGaussianHMM, GaussianHMM

NO_COUNT = 1.0 + 1e-12
"""A concentration of exactly 1 has no mode where a state never begins."""

PARAMETERS = ("start", "transition", "means", "covariances")


def main(folder: Path) -> None:
    jax.config.update("jax_enable_x64", val=True)
    problem = dict(np.load(folder / "problem.npz"))
    given = [jnp.asarray(problem[name]) for name in ("emissions", *PARAMETERS)]
    begin = time.perf_counter()
    fit = _batched_fit(
        iterations=int(problem["iterations"]),
        is_full=bool(problem["is_full"]),
        covars_prior=float(problem["covars_prior"]),
    )
    compiled = fit.lower(*given).compile()
    compiled_s = time.perf_counter()
    fitted = jax.block_until_ready(compiled(*given))
    ended_s = time.perf_counter()
    arrays: dict[str, Any] = dict(zip(PARAMETERS, map(np.asarray, fitted), strict=True))
    np.savez(folder / "fitted.npz", **arrays)
    print(json.dumps({"s": ended_s - compiled_s, "compile_s": compiled_s - begin}))


def _batched_fit(*, iterations: int, is_full: bool, covars_prior: float) -> jax.stages.Wrapped:
    """One function over all chains, each with emissions and a start of its own."""

    def fit(
        emissions: jax.Array,
        start: jax.Array,
        transition: jax.Array,
        means: jax.Array,
        covariances: jax.Array,
    ) -> tuple[Any, ...]:
        make = _full_model if is_full else _diagonal_model
        states, features = means.shape
        model = make(states, features, covars_prior)
        spread = (
            {"emission_covariances": covariances}
            if is_full
            else {"emission_scale_diags": jnp.sqrt(jnp.diagonal(covariances, axis1=1, axis2=2))}
        )
        params, props = model.initialize(
            initial_probs=start, transition_matrix=transition, emission_means=means, **spread
        )
        params, _ = model.fit_em(params, props, emissions, num_iters=iterations, verbose=False)
        found = params.emissions
        after = found.covs if is_full else jax.vmap(jnp.diag)(found.scale_diags**2)
        return params.initial.probs, params.transitions.transition_matrix, found.means, after

    return jax.jit(jax.vmap(fit))


def _diagonal_model(states: int, features: int, covars_prior: float) -> DiagonalGaussianHMM:
    """Its mode is (β + S/2) / (α + n/2 + 3/2), to be (prior + S) / n."""
    return DiagonalGaussianHMM(
        states,
        features,
        initial_probs_concentration=NO_COUNT,
        transition_matrix_concentration=NO_COUNT,
        emission_prior_mean_concentration=0.0,
        emission_prior_concentration=-1.5,
        emission_prior_scale=covars_prior / 2.0,
    )


def _full_model(states: int, features: int, covars_prior: float) -> GaussianHMM:
    """Its mode is (Ψ + S) / (ν + n + d + 2), to be (prior + S) / n; hmmlearn adds to every cell."""
    return GaussianHMM(
        states,
        features,
        initial_probs_concentration=NO_COUNT,
        transition_matrix_concentration=NO_COUNT,
        emission_prior_concentration=0.0,
        emission_prior_scale=jnp.full((features, features), covars_prior),
        emission_prior_extra_df=-2.0 * (features + 1),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
