"""Seconds of each station of the demo, and what Dagster itself costs on top of the work."""

import os
import tempfile
from pathlib import Path

from bench.report import Report, Row


def measure() -> Report:
    from nija.running.demo import DemoPlan, run_demo

    with tempfile.TemporaryDirectory(prefix="nija-bench-", ignore_cleanup_errors=True) as folder:
        report = run_demo(Path(folder), DemoPlan(), notify=lambda _: None)
    traded = report.fills > 0
    rows = [
        Row(
            case=station,
            ours_s=seconds,
            peer="the whole demo",
            peer_s=report.elapsed_s,
            agree=traded,
        )
        for station, seconds in report.station_s.items()
    ]
    return Report(bench="demo", threads=os.cpu_count() or 1, rows=rows)
