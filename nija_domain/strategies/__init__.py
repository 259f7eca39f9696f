"""The contract for signals, and the rule strategies.

- `arms.Arms`: the presets that may be drawn, and what is known of each
- `arms.believe`: what is known after these rewards
- `arms.check_arms`: raises if a preset cannot be traded
- `contract.StrategyChoice`: a strategy under a preset
- `contract.SymbolView`: one symbol as it is known at the close of a bar
- `history.rule_signals.trace_rule`: one rule over the history of one symbol, compiled
- `rule.Rule`: a rule strategy: what it reads, its parameters and its step
- `rule.RuleRow`: what a step sees of one symbol
- `rule.Wish`: what a step answers
- `rules.trend.RULE`: the trend strategy, the one that releases trade and evolution varies
- `shelf.RULES`: the rule strategies by name
- `shelf.rule_named`: the rule of this name
- `shelf.choose_preset`: a strategy under one of its presets
- `shelf.under_head`: an HMM policy under the exposures that were learned
- `shelf.check_choice`: raises if a strategy is unknown or its numbers cannot be traded
- `shelf.check_reads`: raises if a release lacks a feature that a strategy reads
- `shelf.features_read`: the features that any rule reads
- `signals.row_of_view`: a symbol's view as the row of a rule
- `signals.numbers_of`: a choice's parameters as a step reads them
- `signals.signals_of`: what a strategy signals over the symbols of one bar
"""
