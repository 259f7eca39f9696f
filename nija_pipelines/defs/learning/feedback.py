"""Copies fills and closed trades from the executor's journal into the lake.

It depends on fills, not on the release that led to them: else the graph would be a circle.
"""

import dagster as dg

from nija_domain.learning.feedback import feedback_rows
from nija_pipelines.instance.retries import FRESH, RETRY
from nija_pipelines.resources import Journal, LakeFolder

fills = dg.AssetSpec(
    "fills",
    group_name="learning",
    description="Fills and closed trades in the journal. Only the executor writes them.",
)


@dg.asset(
    group_name="learning",
    kinds={"duckdb"},
    deps=[fills],
    pool="lake_write",
    retry_policy=RETRY,
    freshness_policy=FRESH,
)
def feedback(journal: Journal, lake: LakeFolder) -> dg.MaterializeResult[None]:
    """Copy every new fill and closed trade into the lake, each with its release."""
    with lake.open() as store:
        filled, closed = feedback_rows(journal.read(store.feedback_sequence()))
        store.append_feedback(filled, closed)
    return dg.MaterializeResult(metadata={"fills": len(filled), "trades": len(closed)})
