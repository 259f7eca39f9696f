"""What a sample can show: how much must be seen, and how certain it then is.

- `evidence.Sample`: closed trades, and the days that they cover
- `evidence.find_lack`: why a sample is too small for a ratio, if it is
- `evidence.find_drawdown_lack`: why a sample is too small for a drawdown, if it is
- `intervals.Interval`: the two ends of an interval
"""
