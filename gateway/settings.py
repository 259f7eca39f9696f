"""The settings of the gateway, with their defaults."""

from typing import Literal

import msgspec

PORT_MAX = 65_535


class GatewaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Only on this machine: there is no login, so nobody else may connect.

    `stale_after_s` is how long the journal may be silent before the executor counts as hung. It
    records every bar, so the default is two bars of five minutes at the venue's real speed.
    """

    host: Literal["127.0.0.1"] = "127.0.0.1"
    port: int = 8800
    stale_after_s: float = 600.0
    refresh_ms: int = 1_000
    connections_max: int = 100

    def __post_init__(self) -> None:
        if not 0 <= self.port <= PORT_MAX:
            raise ValueError(f"port is {self.port}; it must be from 0 (any free one) to 65535")
        for name in ("stale_after_s", "refresh_ms", "connections_max"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} is {getattr(self, name)}; it must be positive")
