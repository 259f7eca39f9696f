"""Which list of symbols is used: the first one that is not empty."""

from collections.abc import Mapping

import msgspec

SCANNER = "scanner"
CHAIN = (SCANNER, "{kind}_symbols", "strategy_symbols", "trade_symbols")


class ChosenSymbols(msgspec.Struct, frozen=True):
    """`source` is empty if no list has a symbol; then the release's own universe applies."""

    source: str
    symbols: tuple[str, ...]
    left_out: dict[str, str]


def choose_symbols(
    lists: Mapping[str, tuple[str, ...]], *, kind: str, obstacles: Mapping[str, str]
) -> ChosenSymbols:
    """The scanner's list, else the strategy kind's, else all strategies', else `trade_symbols`.

    From a list in the settings, symbols that cannot be traded now are left out, with the reason.
    """
    for place in CHAIN:
        source = place.format(kind=kind)
        named = tuple(dict.fromkeys(lists.get(source, ())))
        if named:
            return ChosenSymbols(
                source,
                tuple(symbol for symbol in named if symbol not in obstacles),
                {symbol: obstacles[symbol] for symbol in named if symbol in obstacles},
            )
    return ChosenSymbols("", (), {})
