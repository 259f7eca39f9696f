select
    * exclude (at_us),
    at_us as closed_us,
    make_timestamp(opened_us) as opened_at,
    make_timestamp(at_us) as closed_at
from {{ source('lake', 'trades') }}
