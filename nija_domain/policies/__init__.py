"""From features and regimes to a wish: how much exposure a symbol deserves now.

- `bandit.Posterior`: what is known of one preset
- `bandit.choose`: draws a preset by Thompson sampling
- `bandit.fold_rewards`: what is known after more rewards
- `bandit.CONTEXT_NAMES`: the names of the numbers of a context
- `bandit.Observed`: a context and the return that followed
- `bandit.context_of`: a context as numbers
- `bandit.prior`: what is believed of a preset that was never traded
- `head.PolicyHead`: the share of the allowed size for each regime
- `head.wish_exposure`: the share for these regime probabilities
- `head.EXPOSURES`: the steps that an exposure can take
- `rewards.RewardModel`: what holding a symbol paid in each regime
- `rewards.expect_return`: the expected return from it
"""
