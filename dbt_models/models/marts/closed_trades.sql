select
    sequence,
    symbol,
    opened_us,
    closed_us,
    opened_at,
    closed_at,
    closed_us - opened_us as holding_us,
    quantity,
    entry_price,
    exit_price,
    gross,
    fees,
    gross - fees as net,
    gross > fees as is_win,
    regime,
    config_id,
    release_id
from {{ ref('stg_trades') }}
order by sequence
