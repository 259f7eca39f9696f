"""The contract for signals, and the rule strategies.

- `arms.Arms`: the presets that may be drawn, and what is known of each
- `arms.believe`: what is known after these rewards
- `arms.check_arms`: raises if a preset cannot be traded
- `contract.StrategyChoice`: a strategy under a preset
- `contract.SymbolView`: one symbol as it is known at the close of a bar
- `shelf.check_choice`: raises if a strategy is unknown or incomplete
- `shelf.strategy_named`: the strategy of this name
- `trend.choose_preset`: the trend strategy under a strategy preset
- `trend.PRESETS`: the strategy presets of the trend strategy
- `trend.PARAMETERS`: what the trend strategy reads
"""
