"""Hard limits: read once, tightened by a release, loosened by nothing."""

import msgspec

from nija_domain.capital.protection import ProtectionRules, tighter


class HardLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The bounds that no decision passes."""

    max_position_share: float = 0.25
    max_open_positions: int = 5
    max_trade_share: float = 0.10
    daily_loss_halt: float = 0.10
    max_drawdown_halt: float = 0.40
    max_entries_per_hour: int = 30
    max_stop_fraction: float = 0.20
    min_notional: float = 10.0
    protection: ProtectionRules = ProtectionRules()

    def __post_init__(self) -> None:
        for name in SHARES:
            value = getattr(self, name)
            if not 0.0 < value <= 1.0:
                raise ValueError(f"{name} is {value}; it must lie in (0, 1]")
        for name in COUNTS:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must not be negative")
        if not 0.0 <= self.min_notional < float("inf"):
            raise ValueError(f"min_notional is {self.min_notional}; it must be finite, 0 or more")


SHARES = (
    "max_position_share",
    "max_trade_share",
    "daily_loss_halt",
    "max_drawdown_halt",
    "max_stop_fraction",
)
COUNTS = ("max_open_positions", "max_entries_per_hour")


def tightened(limits: HardLimits, envelope: HardLimits) -> HardLimits:
    """The stricter of both for every limit."""
    upper_bounds = {
        name: min(getattr(limits, name), getattr(envelope, name)) for name in (*SHARES, *COUNTS)
    }
    return HardLimits(
        **upper_bounds,
        min_notional=max(limits.min_notional, envelope.min_notional),
        protection=tighter(limits.protection, envelope.protection),
    )


def find_halts(
    limits: HardLimits, *, equity: float, peak_equity: float, day_start_equity: float
) -> dict[str, float]:
    """The halting limits that are passed now, with their measured values."""
    measured = {
        "daily_loss_halt": _loss(equity, since=day_start_equity),
        "max_drawdown_halt": _loss(equity, since=peak_equity),
    }
    return {name: value for name, value in measured.items() if value >= getattr(limits, name)}


def _loss(equity: float, *, since: float) -> float:
    """Subtracted before it is divided: ten of a hundred is 0.1, and not a hair less."""
    return (since - equity) / since if since > 0.0 else 0.0
