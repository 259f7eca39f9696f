"""`nija` asked within this process: arguments, home and standard input in, exit code and text out.

A process of its own costs a second of imports. That the program starts, and as what it ends, is
shown where `programs.py` is used.
"""

import io
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from nija.__main__ import main

PLAIN = {"PATH": "/usr/bin:/bin", "NIJA_HOME": "/nowhere"}


class Answer(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def nija(
    *arguments: str,
    home: Path | None = None,
    said: str = "",
    environ: Mapping[str, str] | None = None,
) -> Answer:
    """What a process with this environment and no other would answer; a traceback is raised."""
    found, complaints = io.StringIO(), io.StringIO()
    home_variable = {"NIJA_HOME": str(home)} if home else {}
    with (
        patch.dict(os.environ, {**PLAIN, **home_variable, **(environ or {})}, clear=True),
        patch.object(sys, "argv", ["nija", *arguments]),
        patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(said.encode()))),
        redirect_stdout(found),
        redirect_stderr(complaints),
    ):
        code = _run()
    return Answer(code, found.getvalue(), complaints.getvalue())


def _run() -> int:
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0
