"""Regimes of one history: trained on its first half, applied to its second."""

import msgspec
import numpy as np

from nija_domain.errors import CandlesInvalid
from nija_domain.features.history.feature_rows import compute_features
from nija_domain.features.registry import FEATURE_NAMES
from nija_domain.market.candles import CandleHistory
from nija_domain.regimes.fitting.flat import BARS_PER_STATE_MIN, fit_model
from nija_domain.regimes.fitting.gains import rows_before
from nija_domain.regimes.fitting.inputs import choose_features
from nija_domain.regimes.fitting.labels import Labels
from nija_domain.regimes.fitting.plan import FitPlan
from nija_domain.regimes.fitting.training_verdict import FeatureChoice
from nija_domain.regimes.history.filtered import filter_history
from nija_domain.regimes.naming import RETURN_FEATURE

CANDIDATES = tuple(name for name in FEATURE_NAMES if name != RETURN_FEATURE)


class Labelling(msgspec.Struct, frozen=True):
    """The labels, and why these features were chosen."""

    labels: Labels
    choice: FeatureChoice


def label_second_half(
    history: CandleHistory, *, plan: FitPlan, rng: np.random.Generator
) -> Labelling:
    """Train on the first half and label the second; no label uses a later bar."""
    late = np.flatnonzero(np.diff(history.ts_us) <= 0)
    if late.size:
        raise CandlesInvalid(
            f"ts of row {late[0] + 1} is not after that of the row before; sort the rows by time"
            " and keep each bar once"
        )
    least = 2 * (plan.states * BARS_PER_STATE_MIN + 1)
    if len(history) < least:
        raise CandlesInvalid(
            f"{len(history)} rows are too few: {plan.states} regimes are learned from the first"
            f" half; bring at least {least}, or name fewer states"
        )
    middle = len(history) // 2
    whole = compute_features(history)
    first_half = rows_before(whole, int(history.ts_us[middle]))
    choice = choose_features([first_half], candidates=CANDIDATES, plan=plan, rng=rng)
    model = fit_model([first_half], choice.spec_with(None), plan=plan)
    filtered = filter_history(model, whole)[middle:]
    labels = Labels(ts=history.ts_us[middle:], filtered_probs=filtered, model=model)
    return Labelling(labels, choice)
