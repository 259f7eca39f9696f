with closed as (
    select
        closed_at::date as day,
        count(*) as trades,
        count(*) filter (is_win) as wins,
        sum(gross) as gross,
        sum(fees) as fees,
        sum(net) as net
    from {{ ref('closed_trades') }}
    group by day
),

filled as (
    select
        filled_at::date as day,
        count(*) as fills,
        sum(fee) as fees_paid
    from {{ ref('stg_fills') }}
    group by day
)

select
    day,
    coalesce(trades, 0) as trades,
    coalesce(wins, 0) as wins,
    coalesce(gross, 0) as gross,
    coalesce(fees, 0) as fees,
    coalesce(net, 0) as net,
    coalesce(fills, 0) as fills,
    coalesce(fees_paid, 0) as fees_paid
from closed full join filled using (day)
order by day
