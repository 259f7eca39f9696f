"""Processes that a command starts and always ends."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nija.home import ROOT
from nija_domain.errors import NijaError

STOP_WAIT_S = 10
LOG_TAIL_CHARACTERS = 600


@contextmanager
def child(
    module: str, *arguments: str, environ: Mapping[str, str], log: Path
) -> Iterator["subprocess.Popen[str]"]:
    """Run a Python module as a process; at the end it is asked to stop, then killed."""
    with log.open("a") as errors:
        process = subprocess.Popen(  # noqa: S603 - our own modules
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield process
    finally:
        stop(process)


def stop(process: "subprocess.Popen[str]") -> int:
    """Stop the process; returns its exit code."""
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(STOP_WAIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def read_greeting(process: "subprocess.Popen[str]", *, log: Path) -> dict[str, Any]:
    """The JSON line that a server prints once it listens."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise died(process, log=log)
    greeting: dict[str, Any] = json.loads(line)
    return greeting


def died(process: "subprocess.Popen[str]", *, log: Path) -> NijaError:
    """The error for a process that ended, with the end of its log."""
    tail = log.read_text()[-LOG_TAIL_CHARACTERS:].strip()
    return NijaError(
        f"{log.stem} ended with code {stop(process)}: {tail or 'its log is empty'}; see {log}"
    )
