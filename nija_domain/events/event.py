"""What every record has in common."""

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`at_us` is venue time in UTC microseconds."""

    at_us: int
