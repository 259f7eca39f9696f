{% test conserves_total(model, column_name, of, field, per=none, tolerance=none) %}
-- Without a tolerance the totals must be equal, as sums of money are; sums of floats need one.
with here as (
    select {{ per or "'all'" }} as part, sum({{ column_name }}) as total
    from {{ model }}
    group by part
),

there as (
    select {{ per or "'all'" }} as part, sum({{ field }}) as total
    from {{ of }}
    group by part
)

select part, here.total as here_total, there.total as there_total
from here full join there using (part)
{% if tolerance %}
where (abs(here.total - there.total) <= {{ tolerance }} * abs(there.total)) is not true
{% else %}
where here.total is distinct from there.total
{% endif %}
{% endtest %}
