"""The settings of the executor, with their defaults."""

from math import inf
from typing import Literal

import msgspec

from nija_domain.releases.candidate_channels import CANDIDATE_CHANNELS
from nija_domain.universe.symbols import DEFAULT_SYMBOLS


class ExecutorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Paper by default; `venue_url` is the simulated venue that paper orders go to.

    `candidates` are the channels whose releases trade beside the live book, in the process alone.
    """

    mode: Literal["paper"] = "paper"
    venue_url: str = "http://127.0.0.1:8801"
    venue_speed: float = 1.0
    api_key: str = ""
    api_secret: str = ""
    symbols: tuple[str, ...] = DEFAULT_SYMBOLS
    channel: str = "champion"
    candidates: tuple[str, ...] = CANDIDATE_CHANNELS
    turn_pause_ms: int = 50
    venue_timeout_ms: int = 5_000
    venue_wait_s_max: float = 60.0
    lookup_deadline_ms: int = 10_000
    candle_grace_bars: float = 0.5
    requests_per_second_max: float = 500.0
    dry_run: bool = False

    def __post_init__(self) -> None:
        for name in POSITIVE:
            if not 0 < getattr(self, name) < inf:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be positive and finite")
        for name in ("candle_grace_bars", "venue_wait_s_max"):
            if not 0 <= getattr(self, name) < inf:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be finite, 0 or more")
        if len(set(self.candidates) - {self.channel}) != len(self.candidates):
            raise ValueError(
                f"candidates are {', '.join(self.candidates)}; name each once, and not the channel"
                f" {self.channel}, which trades"
            )
        if len(self.candidates) > len(CANDIDATE_CHANNELS):
            raise ValueError(
                f"candidates names {len(self.candidates)} channels; name at most"
                f" {len(CANDIDATE_CHANNELS)}"
            )
        if not self.symbols:
            raise ValueError("symbols is empty; list at least one, such as BTC/USD")


POSITIVE = (
    *("venue_speed", "turn_pause_ms", "venue_timeout_ms", "lookup_deadline_ms"),
    "requests_per_second_max",
)
