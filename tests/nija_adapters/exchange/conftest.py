import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="package")
def venue_url() -> Iterator[str]:
    """A rich account at a fast venue whose order book is thin."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "simulator", "--speed", "1000", "--seed", "3"),
            *("--cash", "10000000", "--participation-rate", "0.01", "--future-bars", "20000"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield json.loads(process.stdout.readline())["listening"]
    process.send_signal(signal.SIGTERM)
    process.communicate()
