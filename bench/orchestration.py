"""What Dagster itself costs: our line's graph with empty bodies, against plain calls."""

import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.report import Report, against_limit

if TYPE_CHECKING:
    from dagster import AssetsDefinition

ROUNDS = 3
STEPS = 15
STEP_S_MAX, RUN_S_MAX = 0.3, 10.0


def measure() -> Report:
    """A chain as long as the training line, each step one record, under a real instance."""
    with tempfile.TemporaryDirectory(prefix="nija-bench-", ignore_cleanup_errors=True) as folder:
        runs_s = _run_chain(Path(folder))
    run_s = statistics.median(runs_s)
    chain = f"chain of {STEPS} empty steps"
    rows = [
        against_limit(chain, run_s, limit_s=RUN_S_MAX),
        against_limit(f"a step of a {chain}", run_s / STEPS, limit_s=STEP_S_MAX),
    ]
    return Report(bench="orchestration", threads=1, rows=rows)


def _run_chain(folder: Path) -> list[float]:
    from nija.home import environment_of, prepare_home

    home = prepare_home(folder)
    os.environ.update(environment_of(home))
    import dagster as dg

    from nija_pipelines.passing.records import RecordStore

    assets = [_link(number) for number in range(STEPS)]
    job = dg.define_asset_job(
        "chain", selection=dg.AssetSelection.all(), executor_def=dg.in_process_executor
    )
    defs = dg.Definitions(
        assets=assets, jobs=[job], resources={"io_manager": RecordStore(home=str(folder))}
    )
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    runs_s = []
    with dg.DagsterInstance.get() as instance:
        for _ in range(ROUNDS):
            start = time.perf_counter()
            defs.resolve_job_def("chain").execute_in_process(instance=instance, run_config=quiet)
            runs_s.append(time.perf_counter() - start)
    return runs_s


def _link(number: int) -> "AssetsDefinition":
    import dagster as dg

    if number == 0:
        return dg.asset(name="link_0")(lambda: 0)

    @dg.asset(name=f"link_{number}", ins={"before": dg.AssetIn(f"link_{number - 1}")})
    def link(before: int) -> int:
        return before + 1

    return link
