{% macro roll_up(span_us) %}
with placed as (
    select *, ts_us - ts_us % {{ span_us }} as span_start_us
    from {{ ref('base_candles') }}
)

select
    venue,
    symbol,
    span_start_us as ts_us,
    make_timestamp(span_start_us) as opened_at,
    arg_min(open, ts_us) as open,
    max(high) as high,
    min(low) as low,
    arg_max(close, ts_us) as close,
    fsum(volume) as volume,
    count(*) as bars,
    sum(timeframe_us) = {{ span_us }} as is_whole
from placed
group by venue, symbol, span_start_us
order by venue, symbol, span_start_us
{% endmacro %}
