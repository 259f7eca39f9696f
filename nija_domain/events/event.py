"""What every record has in common."""

from typing import Annotated

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1)]
"""What may not be empty in a file: of a record that was read, emptiness means an older version."""


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """`at_us` is venue time in UTC microseconds.

    Events hold no cycles, so the garbage collector need not look at them.
    """

    at_us: int
