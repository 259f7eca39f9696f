select
    venue,
    symbol,
    timeframe_us,
    ts_us,
    make_timestamp(ts_us) as opened_at,
    open,
    high,
    low,
    close,
    volume,
    revision,
    source
from {{ source('lake', 'candles_latest') }}
