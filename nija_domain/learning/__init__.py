"""From what happened to better decisions.

- `feedback.FillRow`: a fill as the lake stores it
- `feedback.TradeRow`: a closed trade as the lake stores it
- `feedback.feedback_rows`: both from the journal
- `feedback.count_new`: how many trades no training has used yet
- `calibration.Calibration`: a policy head with the evidence behind it
- `calibration.calibrate_exposures`: makes it from rewards
- `calibration.reward_of`: the reward of one trade
- `calibration.PRIOR_HEAD`: the policy head before any evidence
- `reward_model.calibrate_rewards`: what holding pays in each regime, from rewards
- `reward_model.held_reward`: the reward of one trade, with how long it was held
- `reward_model.PRIOR_REWARDS`: the rewards before any evidence
- `training_record.TrainingRecord`: one training for the registry
- `training_record.RegisteredRelease`: a release in the registry
- `calibration.under_head`: the agents with the exposures of this head
"""
