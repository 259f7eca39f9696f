"""`python -m bench NAME [--json]`: one measurement, as a table or as one line of JSON."""

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Sequence

import bench
from bench.report import Report, print_table

FRAME = {"__main__", "markets", "report", "timing", "universe"}


def names() -> list[str]:
    modules = pkgutil.iter_modules(bench.__path__)
    return sorted(m.name for m in modules if not m.ispkg and m.name not in FRAME)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("name", choices=names(), help="what to measure")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of a table")
    given = parser.parse_args(arguments)
    report: Report = importlib.import_module(f"bench.{given.name}").measure()
    if given.json:
        print(json.dumps(report.as_dict()))
    else:
        print_table(report)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
