"""Which code answers."""

import msgspec


class Build(msgspec.Struct, frozen=True):
    version: str
    release: str
    branch: str
    commit: str
