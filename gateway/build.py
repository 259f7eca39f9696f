"""Which version of the code answers."""

import msgspec


class Build(msgspec.Struct, frozen=True):
    """Version, release name, branch and commit of the code."""

    version: str
    build_id: str
    branch: str
    commit: str
