"""The contract for signals, and the rule strategies.

- `agents.Agent`: a strategy with its presets, which trades on positions of its own
- `agents.shipped_agents`: one agent for each rule strategy
- `agents.choices_of`: every preset of an agent's strategy
- `agents.agent_alone`: the only agent of a release
- `agents.check_agents`: raises if an agent cannot be traded
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
- `shelf.numbers_of`: a choice's parameters as a step reads them
- `shelf.features_read`: the features that any rule reads
- `rule.ENTER`: the wish to enter
- `rule.NONE`: no wish
- `rule.RuleState`: what a rule remembers of a symbol
- `rule.RuleStep`: the step of a rule
"""
