"""How a position is named: agent, symbol, tag and number, as in `trend/BTC/USD/core/3`."""

from typing import Self

import msgspec

from nija_domain.errors import EventInvalid

CORE = "core"
"""The tag of an agent's main position in a symbol."""

_PARTS_MIN = 4


class Slot(msgspec.Struct, frozen=True):
    """What one agent may hold of one symbol under one tag: one position at a time."""

    agent: str
    symbol: str
    tag: str = CORE

    def __str__(self) -> str:
        return f"{self.agent}/{self.symbol}/{self.tag}"


class PositionId(msgspec.Struct, frozen=True):
    """The number counts the positions of a slot."""

    slot: Slot
    number: int

    def __str__(self) -> str:
        return f"{self.slot}/{self.number}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The symbol may hold a slash, so the other parts are taken from both ends."""
        agent, *symbol, tag, number = (
            parts if len(parts := text.split("/")) >= _PARTS_MIN else [""] * 4
        )
        if not agent or not number.isdecimal():
            raise EventInvalid(
                f"{text!r} names no position; write agent/symbol/tag/number,"
                " as in trend/BTC/USD/core/3"
            )
        return cls(Slot(agent, "/".join(symbol), tag), int(number))


def agent_of(config_id: str) -> str:
    """The agent of a config id such as `trend:BTC/USD:aggressive`."""
    return config_id.split(":", maxsplit=1)[0]
