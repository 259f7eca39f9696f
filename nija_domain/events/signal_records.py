"""What agents want, and what is refused to them."""

from typing import Literal

from nija_domain.events.event import Event, Name
from nija_domain.events.position_id import CORE

SignalAction = Literal["enter", "exit"]


class Signal(Event, frozen=True):
    """An agent's wish: a share of the allowed size, and when to leave again.

    A target fraction of 0 sets no target, and `bars_max` of 0 no age limit.
    """

    symbol: str
    action: SignalAction
    share: float
    stop_fraction: float
    config_id: str
    reasoning: str
    agent: Name
    tag: str = CORE
    target_fraction: float = 0.0
    bars_max: int = 0


class SignalGiven(Signal, frozen=True, tag="signal_given/2"):
    """Derived: the wish of a shipped strategy, which runs inside the core."""


class SignalAnswered(Signal, frozen=True, tag="signal_answered/1"):
    """Observed: the wish of a strategy outside the core; until version 1, of every strategy."""


class EntryRefused(Event, frozen=True, tag="entry_refused/2"):
    """Derived: no entry was made; if a limit forbade it, its name, its value and its bound."""

    symbol: str
    reason: str
    release_id: str
    agent: Name
    tag: str
    limit: str = ""
    value: float | None = None
    bound: float | None = None


class PresetChosen(Event, frozen=True, tag="preset_chosen/1"):
    """Derived: the preset of an agent in a symbol until the next draw, and how probable it was."""

    symbol: str
    config_id: str
    parameters: dict[str, float]
    propensity: float
    context: tuple[float, ...]
    release_id: str


class PresetRewarded(Event, frozen=True, tag="preset_rewarded/1"):
    """Derived: the net return of a trade, for the preset that it was entered with."""

    symbol: str
    config_id: str
    context: tuple[float, ...]
    propensity: float
    reward: float
