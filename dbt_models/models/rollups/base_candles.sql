{{ config(materialized='view') }}

-- The finest timeframe of each venue's symbol that fills an hour exactly: others would be counted twice.
select *
from {{ ref('stg_candles') }}
where {{ var('hour_us') }} % timeframe_us = 0
qualify timeframe_us = min(timeframe_us) over (partition by venue, symbol)
