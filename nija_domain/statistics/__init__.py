"""What a sample can show: how much must be seen, and how certain it then is.

- `block_bootstrap.draw_circular_means`: means of one row, drawn again by blocks
- `block_bootstrap.draw_stretch_means`: means of several stretches, drawn again by blocks
- `evidence.Sample`: closed trades, and the days that they cover
- `evidence.find_lack`: why a sample is too small for a ratio, if it is
- `evidence.RATIO_DAYS_MIN`: the fewest days that a ratio is told of
- `evidence.find_drawdown_lack`: why a sample is too small for a drawdown, if it is
- `evidence.RATIO_TRADES_MIN`: the fewest trades that a ratio is shown of
- `folds.Fold`: what to fit on, and what to judge on
- `folds.walk_forward`: ever longer histories, each with the stretch after it
- `intervals.Interval`: the two ends of an interval
- `intervals.QUANTILE`: the quantile of a 95 % interval
- `intervals.growth_interval`: around an annual growth rate
- `intervals.projection_interval`: around a projected growth
- `intervals.share_interval`: around a share of successes
- `intervals.sharpe_interval`: around an annual Sharpe ratio
- `student_t.StudentT`: a Student's t with place and scale
- `student_t.probabilities_of_greatest`: the probability that each of several exceeds the others
"""
