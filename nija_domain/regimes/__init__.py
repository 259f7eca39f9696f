"""Which state the market is in: a hidden Markov model, filtered forward, never smoothed.

- `model.RegimeModel`: the model of one symbol's regimes
- `hierarchy.HierarchicalModel`: the market's states, and a model of the symbols for each
- `hierarchy.MACRO_NAMES`: the market's states: Calm, Trend, Chaos
- `hierarchy.initial_macro`: the market's filter before the first bar
- `hierarchy.initial_micro`: a symbol's filters before the first bar
- `hierarchy.step_macro`: the market's filter after one more bar
- `hierarchy.step_micro`: a symbol's filters after one more bar
- `hierarchy.joint_probs`: the probability of each pair of market state and regime
- `filter.FilterState`: the regime probabilities at one bar
- `filter.step_filter`: those after one more bar
- `fitting.plan.FitPlan`: how models are fitted and compared
- `fitting.plan.DriftRules`: how drift is measured, and how much is too much
- `fitting.training_verdict.TrainedRegimes`: a fitted model and its comparison with the champion
- `fitting.training_verdict.TrainedHierarchy`: the same for the market's states
- `fitting.label_training.label_second_half`: trains on half of a file and labels the other half
- `history.filtered.filter_history`: regime probabilities of a whole history
- `history.drift.measure_drift`: how much worse a model predicts the newest bars
- `history.foresight.place_bars`: where each bar fell in its predicted distribution
- `history.covariance.covariance_matrices`: a model's covariances as matrices
"""
