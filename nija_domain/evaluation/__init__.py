"""The back-test: the decision core, fed with history, and what its result proves.

- `merit.MeritRules`: what a release must show to be promoted
- `merit.Merit`: whether it does, with the reasons
- `merit.judge_merit`: judges it
- `outcome.Outcome`: the returns of a back-test, bar by bar
- `outcome.outcome_of`: computes them
- `overfitting.account_trials`: all trials so far
- `overfitting.measure_moments`: mean, spread and shape of returns
- `overfitting.SHARPE_METRIC`: the name of the Sharpe ratio in a trial
- `overfitting.BARS_MIN`: the fewest returns that can be judged
- `overfitting.TrialAccount`: every trial ever made
- `overfitting.bootstrap_lower_bound`: the one-sided lower bound of the mean
- `overfitting.deflated_sharpe`: the probability that a result is more than luck
- `parity.find_first_difference`: replays a journal
- `differences.Difference`: the first record that differs, and its class
- `differences.DifferenceClass`: the classes
- `differences.MEANINGS`: what each class means, and what to look at
- `session_pairs.compare_sessions`: lays two journals side by side
- `session_pairs.Comparison`: what was compared, and the first difference
- `performance.measure_performance`: the numbers of a back-test
- `regime_study.fit_regimes`: fits and compares the regimes of symbols
- `regime_study.fit_market`: fits and compares the states of the market
- `rehearsal.Stage`: what is back-tested, and with which money
- `rehearsal.rehearse`: the back-test
- `rehearsal.rehearse_presets`: one back-test per preset
- `slices.Slices`: history in three parts: train, calibrate, test
- `slices.slice_histories`: cuts it
"""
