"""From features and regimes to a wish: how much exposure a symbol deserves now.

- `head.PolicyHead`: the share of the allowed size for each regime
- `head.wish_exposure`: the share for these regime probabilities
- `rewards.RewardModel`: what holding a symbol paid in each regime
- `rewards.expect_return`: the expected return from it
- `bandit.Posterior`: what is known of one preset
- `bandit.choose`: draws a preset by Thompson sampling
- `bandit.fold_rewards`: what is known after more rewards
"""
