"""What a person may set for `make up`; the defaults stand here and nowhere else."""

import re

import msgspec

from nija_domain.universe.symbols import DEFAULT_SYMBOLS


class UpSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ports on the loopback address, and how fast the simulated venue's time runs.

    The simulated venue lists the default symbols, then `venue_symbols`. The world of each follows
    from seed and place: add at the end.
    """

    venue_port: int = 8801
    mlflow_port: int = 5500
    dagster_port: int = 3000
    gateway_port: int = 8800
    venue_speed: float = 60.0
    venue_seed: int = 7
    venue_symbols: tuple[str, ...] = ()
    restarts_per_minute_max: int = 6

    def __post_init__(self) -> None:
        ports = self.ports()
        for name, port in ports.items():
            if not 1 <= port <= HIGHEST_PORT:
                raise ValueError(f"{name} is {port}; it must be from 1 to {HIGHEST_PORT}")
        if len(set(ports.values())) < len(ports):
            raise ValueError(f"two services use the same port: {ports}; give each its own")
        for symbol in self.venue_symbols:
            if not _PAIR.fullmatch(symbol) or self.listed_symbols.count(symbol) > 1:
                raise ValueError(
                    f"venue_symbols has {symbol!r}; list only pairs against USD, such as LTC/USD,"
                    " and none twice"
                )
        if not 0 < self.venue_speed < float("inf"):
            raise ValueError(f"venue_speed is {self.venue_speed}; it must be positive")
        if self.restarts_per_minute_max < 1:
            raise ValueError(
                f"restarts_per_minute_max is {self.restarts_per_minute_max}; it must be at least 1"
            )

    @property
    def listed_symbols(self) -> tuple[str, ...]:
        return DEFAULT_SYMBOLS + self.venue_symbols

    def ports(self) -> dict[str, int]:
        return {
            name: getattr(self, name) for name in self.__struct_fields__ if name.endswith("_port")
        }


HIGHEST_PORT = 65_535
_PAIR = re.compile(r"[A-Z0-9]{2,10}/USD")
