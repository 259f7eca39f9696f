{% test bar_order(model) %}
-- `is not true` catches what is unknown as well
select *
from {{ model }}
where (low <= least(open, close) and greatest(open, close) <= high) is not true
{% endtest %}
