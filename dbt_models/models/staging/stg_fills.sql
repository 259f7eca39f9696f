select
    *,
    make_timestamp(at_us) as filled_at
from {{ source('lake', 'fills') }}
