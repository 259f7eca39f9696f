"""What a bar made of the market, in a few bytes: two sessions that differ show it here first."""

from collections.abc import Sequence
from hashlib import blake2b
from math import isnan, nan
from struct import pack

from nija_domain.events.records import BarClosed, BarDigested, Digest
from nija_domain.trading.market import Market, SymbolState, WholeState

DIGEST_BYTES = 8


def digest_bar(market: Market, event: BarClosed) -> BarDigested:
    """Of the symbols that have a candle of this bar, and of the market if it has a row of it."""
    whole = market.whole
    return BarDigested(
        at_us=event.at_us,
        ts_us=event.ts_us,
        symbols={
            symbol: _of_symbol(known)
            for symbol, known in sorted(market.symbols.items())
            if known.ts_us == event.ts_us
        },
        market=_of_whole(whole) if whole is not None and whole.ts_us == event.ts_us else None,
    )


def _of_symbol(known: SymbolState) -> Digest:
    beliefs = [*known.filtered.probabilities]
    for name in sorted(known.micro):
        beliefs += known.micro[name].probabilities
    return Digest(_digest(known.values), _digest(beliefs), sum(map(isnan, known.values)))


def _of_whole(whole: WholeState) -> Digest:
    """Its row is not kept: the states that made it stand for it."""
    states = [number for state in whole.features for number in state]
    beliefs = (*whole.macro.filtered.probabilities, whole.macro.surprise)
    return Digest(_digest(states), _digest(beliefs))


def _digest(numbers: Sequence[float]) -> str:
    """Of the bits of each number, except that every NaN is the same one."""
    if any(map(isnan, numbers)):
        numbers = [nan if isnan(number) else number for number in numbers]
    return hash_of(pack(f"<{len(numbers)}d", *numbers))


def hash_of(packed: bytes) -> str:
    """Of numbers as they lie in memory, the lowest byte first."""
    return blake2b(packed, digest_size=DIGEST_BYTES).hexdigest()
