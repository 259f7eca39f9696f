"""What several commands share: the option `--json`, and the exit code of a failure."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from nija_domain.errors import NijaError

Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]


@contextmanager
def nothing_used_on_failure() -> Iterator[None]:
    """Failures end with 2, since 1 says that the file was read and rows were quarantined."""
    try:
        yield
    except NijaError as error:
        sys.stderr.write(f"nija: {error}\n")
        sys.exit(2)
