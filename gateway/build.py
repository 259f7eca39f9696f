"""Which code answers."""

import msgspec


class Build(msgspec.Struct, frozen=True):
    version: str
    commit: str
