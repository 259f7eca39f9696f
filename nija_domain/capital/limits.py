"""Hard limits: read once, tightened by a release, loosened by a person's approval alone."""

import hashlib

import msgspec

from nija_domain.capital.protection import ProtectionRules, tighter


class LimitMet(msgspec.Struct, frozen=True):
    """A limit that forbids something, with the measured value and the bound."""

    name: str
    value: float
    bound: float


class HardLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The bounds that no decision passes."""

    max_position_share: float = 0.25
    max_open_positions: int = 5
    max_trade_share: float = 0.10
    daily_loss_halt: float = 0.10
    daily_rollback: float = 0.15
    max_drawdown_halt: float = 0.40
    max_entries_per_hour: int = 30
    max_orders_per_minute: int = 30
    max_open_orders: int = 40
    max_price_band: float = 0.20
    max_data_age_bars: float = 1.0
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
        if not 0.0 < self.max_data_age_bars < float("inf"):
            raise ValueError(
                f"max_data_age_bars is {self.max_data_age_bars}; it must be positive and finite"
            )
        if not 0.0 <= self.min_notional < float("inf"):
            raise ValueError(f"min_notional is {self.min_notional}; it must be finite, 0 or more")


SHARES = (
    "max_position_share",
    "max_trade_share",
    "daily_loss_halt",
    "daily_rollback",
    "max_drawdown_halt",
    "max_stop_fraction",
    "max_price_band",
)
COUNTS = ("max_open_positions", "max_entries_per_hour", "max_orders_per_minute", "max_open_orders")
UPPER_BOUNDS = (*SHARES, *COUNTS, "max_data_age_bars")


def tightened(limits: HardLimits, envelope: HardLimits) -> HardLimits:
    """The stricter of both for every limit."""
    upper_bounds = {
        name: min(getattr(limits, name), getattr(envelope, name)) for name in UPPER_BOUNDS
    }
    return HardLimits(
        **upper_bounds,
        min_notional=max(limits.min_notional, envelope.min_notional),
        protection=tighter(limits.protection, envelope.protection),
    )


def fingerprint_of(limits: HardLimits) -> str:
    """What a person signs who approves of them."""
    return hashlib.sha256(msgspec.json.encode(limits)).hexdigest()


def loosened(limits: HardLimits, read: HardLimits) -> dict[str, tuple[float, float]]:
    """The limits that are looser in the second, each with its value in both."""
    old, new = _numbers(limits), _numbers(read)
    strict = _numbers(tightened(limits, read))
    return {name: (old[name], new[name]) for name in new if strict[name] != new[name]}


def _numbers(limits: HardLimits) -> dict[str, float]:
    numbers = msgspec.structs.asdict(limits)
    protection = msgspec.structs.asdict(numbers.pop("protection"))
    return numbers | {f"protection.{name}": each for name, each in protection.items()}


def find_halts(
    limits: HardLimits, *, equity: float, peak_equity: float, day_start_equity: float
) -> dict[str, float]:
    """The halting limits that are passed now, with their measured values."""
    lost_today = _loss(equity, since=day_start_equity)
    measured = {
        "daily_loss_halt": lost_today,
        "daily_rollback": lost_today,
        "max_drawdown_halt": _loss(equity, since=peak_equity),
    }
    return {name: value for name, value in measured.items() if value >= getattr(limits, name)}


def _loss(equity: float, *, since: float) -> float:
    """Subtracted before it is divided: ten of a hundred is 0.1, and not a hair less."""
    return (since - equity) / since if since > 0.0 else 0.0
