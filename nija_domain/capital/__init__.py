"""How much money may stand behind a wish, and the limits that nothing passes.

- `limits.HardLimits`: the bounds of config/risk_limits.toml
- `presets.PRESETS`: the capital presets conservative, moderate and aggressive
- `sizing.EntryRequest`: one wish to enter, with the account as it stands
- `sizing.size_entry`: the size of an entry, step by step
- `sizing.PresetName`: the name of a capital preset
- `changes.is_reopening_earned`: whether shadow trades earned a reopening after HALT
- `governor.GovernorRules`: the bounds and pace of the governor
- `market_state.market_of_symbols`: the market's state as a mean of the symbols
- `monte_carlo.BootstrapPlan`: how many futures to simulate, and how long
- `monte_carlo.SampledTrade`: one trade to draw from
- `monte_carlo.foresee`: simulates a preset on trades that are drawn again
- `monte_carlo.bound_outlook`: how far those numbers may be off
- `monte_carlo.Outlook`: the simulated ruin, drawdown and time to the next milestone
- `questions.SizeQuestion`: the question of `nija capital size`
- `questions.answer_size`: its answer
- `questions.AllocateQuestion`: the question of `nija capital allocate`
- `questions.answer_allocation`: its answer
- `questions.read_question`: reads either from JSON
"""
