"""What loading costs: definitions against a bare Dagster, the executor against a bare ccxt."""

from bench.report import Report, Row
from bench.timing import interleave, median

ROUNDS = 3
PROBE = """
import json, resource, sys, time
start = time.perf_counter()
{imports}
took_s = time.perf_counter() - start
rss_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
tops = {{name.split(".")[0] for name in sys.modules}}
print(json.dumps({{"s": took_s, "rss_mb": rss_mb, "tops": sorted(tops)}}))
"""

FORBIDDEN = {
    "definitions": ("mlflow", "ccxt", "anthropic", "sklearn", "numba", "dbt", "hmmlearn"),
    "executor": ("dagster", "mlflow", "duckdb", "polars", "dbt", "anthropic", "numba"),
}
CASES = {
    "definitions": (
        "import dagster, nija_pipelines.definitions",
        "import dagster",
        "bare import dagster",
    ),
    "executor": (
        "import executor.bootstrap as b; b.KrakenExchange(b.ExchangeSettings())",
        "import ccxt.async_support",
        "whole ccxt.async_support",
    ),
}


def measure() -> Report:
    probes = {name: PROBE.format(imports=ours) for name, (ours, _, _) in CASES.items()}
    peers = {f"{name} peer": PROBE.format(imports=peer) for name, (_, peer, _) in CASES.items()}
    answers = interleave(probes | peers, rounds=ROUNDS)
    return Report(bench="imports", threads=1, rows=[_row(name, answers) for name in CASES])


def _row(name: str, answers: dict[str, list[dict[str, object]]]) -> Row:
    ours, peer = answers[name], answers[f"{name} peer"]
    ours_s, peer_s = median(ours, "s"), median(peer, "s")
    loaded = set(ours[0]["tops"])  # type: ignore[call-overload]
    forbidden = sorted(loaded & set(FORBIDDEN[name]))
    return Row(
        case=name,
        ours_s=ours_s,
        peer=CASES[name][2],
        peer_s=peer_s,
        agree=not forbidden,
        more={
            "added_s": ours_s - peer_s,
            "rss_mb": median(ours, "rss_mb"),
            "peer_rss_mb": median(peer, "rss_mb"),
            "forbidden_loaded": forbidden,
        },
    )
