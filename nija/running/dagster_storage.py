"""Prepares Dagster's storage in a separate process, because nija imports no Dagster."""

import os
import subprocess
import sys

from nija.home import ROOT, Home, environment_of
from nija_domain.errors import NijaError


def prepare_storage(home: Home) -> list[str]:
    """Prepare it before any of Dagster's processes starts; returns what was repaired."""
    done = subprocess.run(
        [sys.executable, "-m", "nija_pipelines.instance.storage"],
        cwd=ROOT,
        env={**os.environ, **environment_of(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise NijaError(
            f"Dagster's storage in {home.dagster} cannot be opened:"
            f" {said[-1] if said else 'no message'}; move that folder away to start with a new one."
            " That loses Dagster's history of runs, but no candle, release or trade"
        )
    return done.stdout.splitlines()
