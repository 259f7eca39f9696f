"""What several commands share: the option for programs, and how a failure ends."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from nija_domain.errors import NijaError

Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]


@contextmanager
def nothing_used_on_failure() -> Iterator[None]:
    """Of files 1 says that rows were set aside: what stops everything ends with 2."""
    try:
        yield
    except NijaError as error:
        sys.stderr.write(f"nija: {error}\n")
        sys.exit(2)
