"""Fresh processes, timed in turn, so that no case is always the one that warms the cache."""

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def run_python(code: str) -> dict[str, Any]:
    """The JSON that a piece of code prints as its last line, in a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def interleave(cases: Mapping[str, str], *, rounds: int) -> dict[str, list[dict[str, Any]]]:
    """Every case once, then every case again."""
    answers: dict[str, list[dict[str, Any]]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, code in cases.items():
            answers[name].append(run_python(code))
    return answers


def median(answers: list[dict[str, Any]], key: str) -> float:
    return float(statistics.median(answer[key] for answer in answers))
