"""From candles to feature rows: one step function per feature, for history and live.

- `feature.Feature`: one number per bar, with its formula and warm-up
- `feature.MarketRow`: all symbols at one time
- `registry.FEATURES`: every feature of a symbol
- `registry.MARKET_FEATURES`: every feature of the whole market
- `stream.initial_market_states`: the states before the first bar
- `stream.step_market`: the market's features after one more bar
- `table.FeatureTable`: feature rows of one symbol
- `history.feature_rows.compute_features`: the feature rows of one history
- `history.feature_rows.compute_all_features`: those of many histories, one after another
- `history.causality.find_look_ahead`: features that change when later bars come
- `history.causality.find_stream_gaps`: features that differ between history and stream
- `history.causality.find_market_look_ahead`: the first check, for features of the market
- `history.causality.find_market_gaps`: the second check, for features of the market
"""
