"""The environment of the peers that do not fit ours; `make bench-peers` makes it."""

import json
import subprocess
from pathlib import Path
from typing import Any

from bench.timing import ROOT

FOLDER = ROOT / ".bench-peers"
STAMP = FOLDER / ".installed"
MISSING = "not measured: run make bench-peers"


def is_made() -> bool:
    """Whole: the stamp is set after the last package."""
    return STAMP.exists()


def run_peer(module: str, folder: Path) -> dict[str, Any]:
    """The JSON that a module of ours prints there; arrays go to and fro as files of the folder."""
    done = subprocess.run(  # noqa: S603 - our own code
        [FOLDER / "bin" / "python", "-m", module, folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ChildProcessError(f"{module} ended with {done.returncode}: {done.stderr[-2_000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
