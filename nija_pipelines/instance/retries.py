"""How long a step tries again, and how old what it left may become."""

from datetime import timedelta

import dagster as dg

RETRY = dg.RetryPolicy(max_retries=3, delay=2, backoff=dg.Backoff.EXPONENTIAL)
TIMEZONE = "UTC"
"""Of every schedule, so that one clock tells what runs before what."""
FIRST_WAIT_S, WAIT_S_MAX = 30.0, 3_600.0
FRESH_DAILY = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=50), warn_window=timedelta(hours=26)
)
FRESH = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(minutes=20), warn_window=timedelta(minutes=10)
)


def wait_s(failures: int) -> float:
    """How long after so many failures in a row another try is worth it."""
    return min(FIRST_WAIT_S * 2.0 ** min(failures - 1, 10), WAIT_S_MAX)
