"""A proposal that has earned a paper account of its own."""

import msgspec

from nija_domain.strategies.contract import StrategyChoice

OPEN_CANDIDATES_MAX = 3


class Candidate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a slot holds: the proposal, since when, and its code."""

    number: int
    opened_us: int
    choice: StrategyChoice
    source: str
