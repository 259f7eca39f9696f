"""From candles to feature rows: one step function per feature, for history and live.

- `columns.distance_from_mean.DEVIATION_OF_A_WALK`: how far a walk strays from its mean by chance
- `columns.parkinson_volatility.RANGE_OF_A_WALK`: the mean squared range of a walk's bar
- `feature.Feature`: one number per bar, with its formula and warm-up
- `feature.MarketRow`: all symbols at one time
- `feature.RowReader`: takes some features out of a row
- `feature.reader_of`: makes one, for rows of these names
- `feature.LEADER`: the symbol whose volatility counts for the market
- `feature.MARKET_READS`: the features of symbols that a market row is made of
- `history.causality.find_look_ahead`: features that change when later bars come
- `history.causality.find_stream_gaps`: features that differ between history and stream
- `history.causality.find_market_look_ahead`: the first check, for features of the market
- `history.causality.find_market_gaps`: the second check, for features of the market
- `history.feature_rows.compute_features`: the feature rows of one history
- `history.feature_rows.compute_all_features`: those of many histories, one after another
- `history.feature_rows.compute_market`: the market's rows from its symbols' tables
- `history.loops.compile_loop`: a loop compiled once and kept on disk
- `registry.FEATURES`: every feature of a symbol
- `registry.MARKET_FEATURES`: every feature of the whole market
- `registry.FEATURE_NAMES`: the names of all features of a symbol
- `registry.MARKET_NAMES`: the names of all features of the market
- `registry.features_named`: the features of these names
- `stream.initial_market_states`: the states before the first bar
- `stream.step_market`: the market's features after one more bar
- `stream.FeatureStates`: the states of several features
- `stream.initial_states`: their states before the first candle
- `stream.step_features`: the states after this candle, and its feature row
- `table.FeatureTable`: feature rows of one symbol
"""
