"""What shall go wrong at the venue, armed by the client that wants to see it survived."""

from collections.abc import Collection
from typing import NamedTuple

import msgspec

from nija_domain.errors import SettingsInvalid
from nija_domain.market.timeframes import SECOND_US
from simulator.dialect import Json

COUNT_MAX = 10_000
DELAY_MS_MAX = 600_000
VENUE_DELAY_S_MAX = 30 * 86_400


class Habit(NamedTuple):
    """What a kind of fault does unless told otherwise, and what it may be told.

    `acts`: the request has its effect all the same. `needs`: the field that says how much.
    """

    acts: bool
    may_choose: bool = False
    needs: str | None = None


REQUEST_KINDS = {
    "lost_answer": Habit(acts=True),
    "drop": Habit(acts=False),
    "error_5xx": Habit(acts=True, may_choose=True),
    "html_200": Habit(acts=True, may_choose=True),
    "busy": Habit(acts=False, may_choose=True),
    "unavailable": Habit(acts=False, may_choose=True),
    "rate_limit": Habit(acts=False),
    "nonce": Habit(acts=False),
    "slow": Habit(acts=True, needs="delay_ms"),
}
ORDER_KINDS = {
    "lagging_orders": Habit(acts=True, needs="venue_delay_s"),
    "late_stop": Habit(acts=True, needs="venue_delay_s"),
    "fee_in_coins": Habit(acts=True),
}
READ_KINDS = {
    "lagging_trades": Habit(acts=True, needs="venue_delay_s"),
    "lagging_balances": Habit(acts=True, needs="venue_delay_s"),
}
READ_METHODS = {"lagging_trades": "TradesHistory", "lagging_balances": "BalanceEx"}
SOCKET_KINDS = {"socket_cut": Habit(acts=False)}
PAIR_KINDS = {
    "halted": Habit(acts=False, needs="symbol"),
    "delisted": Habit(acts=False, needs="symbol"),
}
KINDS = REQUEST_KINDS | ORDER_KINDS | READ_KINDS | SOCKET_KINDS | PAIR_KINDS
LASTING_KINDS = SOCKET_KINDS | PAIR_KINDS


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the next `count` requests of a method, or of any, go wrong."""

    kind: str
    count: int = 1
    method: str | None = None
    acts: bool | None = None
    delay_ms: int = 0
    venue_delay_s: int = 0
    symbol: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise SettingsInvalid(
                f"fault kind {self.kind!r} is unknown; use one of {', '.join(KINDS)}"
            )
        habit = KINDS[self.kind]
        rules = (
            ("count", 1 <= self.count <= COUNT_MAX, f"from 1 to {COUNT_MAX}"),
            ("count", self.count == 1 or self.kind not in LASTING_KINDS, f"1 for {self.kind}"),
            ("symbol", (self.symbol is not None) == (self.kind in PAIR_KINDS), self._whose()),
            ("acts", self.acts is None or habit.may_choose, f"left out for {self.kind}"),
            ("method", self._may_have_method(), f"{self._own_method} or left out for {self.kind}"),
            *_amount_rule("delay_ms", self.delay_ms, habit=habit, most=DELAY_MS_MAX),
            *_amount_rule("venue_delay_s", self.venue_delay_s, habit=habit, most=VENUE_DELAY_S_MAX),
        )
        for name, holds, meaning in rules:
            if not holds:
                raise SettingsInvalid(
                    f"fault field {name} is {getattr(self, name)!r}; it must be {meaning}"
                )

    @property
    def has_effect(self) -> bool:
        """Whether the request that it strikes is carried out."""
        return KINDS[self.kind].acts if self.acts is None else self.acts

    @property
    def venue_delay_us(self) -> int:
        return self.venue_delay_s * SECOND_US

    def _may_have_method(self) -> bool:
        if self.kind in PAIR_KINDS:
            return self.method is None
        return self.kind in REQUEST_KINDS or self.method in (None, self._own_method)

    @property
    def _own_method(self) -> str:
        return READ_METHODS.get(self.kind, "AddOrder")

    def _whose(self) -> str:
        return "a pair like BTC/USD" if self.kind in PAIR_KINDS else f"left out for {self.kind}"


class FaultBoard:
    """The faults that are armed, each with how often it still strikes, and what has struck."""

    def __init__(self) -> None:
        self._armed: list[tuple[Fault, int]] = []
        self._fired: dict[tuple[str, str], int] = {}
        self._closed_pairs: dict[str, str] = {}

    def close_pair(self, fault: Fault) -> None:
        """A pair stays halted or delisted until the venue ends."""
        self._closed_pairs[str(fault.symbol)] = fault.kind

    def open_pair(self, symbol: str) -> None:
        """It trades again."""
        self._closed_pairs.pop(symbol, None)

    def is_halted(self, symbol: str) -> bool:
        return self._closed_pairs.get(symbol) == "halted"

    def is_delisted(self, symbol: str) -> bool:
        return self._closed_pairs.get(symbol) == "delisted"

    def arm(self, fault: Fault) -> None:
        self._armed.append((fault, fault.count))

    def strike(self, kinds: Collection[str], *, method: str) -> Fault | None:
        """The fault of these kinds that was armed first for this request; it has struck once."""
        for index, (fault, left) in enumerate(self._armed):
            if fault.kind in kinds and fault.method in (None, method):
                self._armed[index : index + 1] = [(fault, left - 1)] if left > 1 else []
                self.note(fault.kind, method=method)
                return fault
        return None

    def note(self, kind: str, *, method: str) -> None:
        self._fired[kind, method] = self._fired.get((kind, method), 0) + 1

    def fired(self) -> dict[str, int]:
        """How often each kind has struck."""
        times: dict[str, int] = {}
        for (kind, _), count in self._fired.items():
            times[kind] = times.get(kind, 0) + count
        return times

    def report(self) -> Json:
        armed = [{"kind": f.kind, "method": f.method, "left": left} for f, left in self._armed]
        fired = [
            {"kind": kind, "method": method, "times": times}
            for (kind, method), times in self._fired.items()
        ]
        return {"armed": armed, "fired": fired, "closed_pairs": self._closed_pairs}


def _amount_rule(
    name: str, amount: int, *, habit: Habit, most: int
) -> tuple[tuple[str, bool, str], ...]:
    if habit.needs == name:
        return ((name, 1 <= amount <= most, f"from 1 to {most}"),)
    return ((name, amount == 0, "left out for this kind"),)
