"""Market worlds: seeded candles whose true regimes are known.

- `regime_switching.WorldSettings`: the settings of a world
- `regime_switching.generate_world`: the world of a seed
- `regime_switching.JANUARY_2024_US`: the default start of a world
- `profiles.profile_of`: volatility, price and volume of a symbol
"""
