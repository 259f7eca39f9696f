"""Which code answers."""

import msgspec


class Build(msgspec.Struct, frozen=True):
    version: str
    build_id: str
    branch: str
    commit: str
