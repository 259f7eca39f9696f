"""The contract for signals, and the rule strategies.

- `contract.StrategyChoice`: a strategy under a preset
- `trend.choose_preset`: the trend strategy under a strategy preset
- `trend.PRESETS`: the strategy presets of the trend strategy
- `arms.Arms`: the presets that may be drawn, and what is known of each
"""
